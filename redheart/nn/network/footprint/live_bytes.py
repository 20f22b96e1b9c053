"""Bytes of tensors that are alive while something computes, also on the meta device, where nothing is allocated."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import init
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from redheart.nn.network.footprint.shapes import RULES


class LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts every storage that comes to be inside, until nobody holds it any more. `label` names who asks for it.

    `quick`, for the meta device alone, takes our rules for what operations give back where we have one.
    """

    def __init__(self, quick: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._quick = quick
        self.label = ""
        self.now = 0
        self.peak = 0
        self.by_label: Counter[str] = Counter()
        self._known: set[int] = set()

    def expect(self, tensors: Sequence[Tensor]) -> None:
        """Take these as there already: they are not counted."""
        self._known |= {tensor.untyped_storage()._cdata for tensor in tensors}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operation, then see what is new."""
        rule = RULES.get(func) if self._quick else None
        done = (rule or func)(*args, **(kwargs or {}))
        for leaf in tree_leaves(done):
            if isinstance(leaf, Tensor):
                self._see(leaf)
        return done

    def _see(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        place, size, label = storage._cdata, storage.nbytes(), self.label
        if place in self._known or size == 0:
            return
        self._known.add(place)
        self.now += size
        self.by_label[label] += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._gone, place, size, label).atexit = False

    def _gone(self, place: int, size: int, label: str) -> None:
        self._known.discard(place)
        self.now -= size
        self.by_label[label] -= size


class AsOnDevice(TorchFunctionMode):
    """Inside, attention and dropout on the meta device keep what they keep elsewhere.

    There torch writes attention out, score matrix and all; a fused kernel keeps its inputs, its output, and one number
    a query. Dropout keeps a byte an element on CUDA, and a number an element on the processor.
    """

    def __init__(self, cuda: bool) -> None:
        super().__init__()
        self._cuda = cuda

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Everything else passes through."""
        options = kwargs or {}
        if func is scaled_dot_product_attention and args[0].is_meta:
            fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
            return fused(*args, 0.0, options["is_causal"], attn_mask=options["attn_mask"])[0]
        if func is torch.dropout and self._cuda and args[2] and args[1] > 0:
            return torch.native_dropout(args[0], args[1], True)[0]
        return func(*args, **options)


class Undrawn(TorchFunctionMode):
    """Inside, random weights are not drawn: on the meta device there are none, and asking for them loads a compiler."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Everything else passes through."""
        options = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else options["tensor"]
        return func(*args, **options)


_DRAWS = (Tensor.normal_, Tensor.uniform_, init.normal_, init.uniform_, init.trunc_normal_, init.kaiming_uniform_)
