"""The weights of one nn.Module as chunks: puts views of a chunk's memory, or meta tensors, where the module looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from redheart.memory.weights.layout import CHUNK_BYTES, Layout, TensorSpec, chunk_size, lay_out
from redheart.memory.weights.streaming import Slot, keeps_lists
from redheart.stored_weights import some


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor, and every place that the module keeps it in. `absent` stands there while it is out.

    `strides` are those of its dense form, which is how it comes in.
    """

    spec: TensorSpec
    dtype: torch.dtype
    strides: tuple[int, ...]
    absent: Tensor
    slots: tuple[Slot, ...]
    stored: bool
    parameter: bool

    def put(self, tensor: Tensor) -> None:
        """Let the module have this tensor: tied weights stay tied."""
        for slot in self.slots:
            slot.put(tensor)

    def seen_in(self, values: Tensor, offset: int) -> Tensor:
        """Values of its own dtype, (n,) -> the weight that begins at value `offset`."""
        view = values.as_strided(self.spec.shape, self.strides, offset)
        return nn.Parameter(view, requires_grad=False) if self.parameter else view


class Arena:
    """Chunks of a module's parameters and persistent buffers. At first all are out.

    With `constants`, the buffers that are in no file are chunks too, the first ones: their master stays in RAM.
    Without, they stay where they are.
    """

    def __init__(self, name: str, module: nn.Module, constants: bool) -> None:
        """Raises ValueError if a buffer that is in no file is a meta tensor."""
        found = _weights(module)
        _refuse_empty(name, [weight for weight in found if not weight.stored])
        kept = [weight for weight in found if constants and not weight.stored]
        weights = [weight for weight in found if weight.stored]
        size = chunk_size(sum(weight.spec.nbytes for weight in found), CHUNK_BYTES)
        self.constants = lay_out([weight.spec for weight in kept], size)
        self.weights = lay_out([weight.spec for weight in weights], size)
        self.ignored = frozenset(name for weight in found if not weight.stored for name in weight.spec.names)
        self._chunks = (*_chunked(self.constants, kept), *_chunked(self.weights, weights))
        for chunk in range(len(self._chunks)):
            self.unbind(chunk)

    @property
    def chunk_bytes(self) -> tuple[int, ...]:
        """Bytes of each chunk: constants, then weights."""
        return (*self.constants.chunk_bytes, *self.weights.chunk_bytes)

    @property
    def first_weight(self) -> int:
        """Number of the first chunk of weights: those before it hold constants."""
        return len(self.constants.chunks)

    def slots(self) -> tuple[tuple[Slot, ...], ...]:
        """Of each chunk, where the module looks for its tensors."""
        return tuple(tuple(slot for weight, _, _ in chunk for slot in weight.slots) for chunk in self._chunks)

    def bind(self, chunk: int, memory: Tensor) -> None:
        """Let the module compute with what lies in `memory`, (nbytes,) uint8 on any device."""
        values: dict[torch.dtype, Tensor] = {}
        for weight, begin, _ in self._chunks[chunk]:
            size = weight.dtype.itemsize
            if weight.dtype not in values:
                values[weight.dtype] = memory[: memory.numel() // size * size].view(weight.dtype)
            weight.put(weight.seen_in(values[weight.dtype], begin // size))

    def unbind(self, chunk: int) -> None:
        """Let the module have no view of a chunk's memory any more."""
        for weight, _, _ in self._chunks[chunk]:
            for slot in weight.slots:
                slot.put(weight.absent)

    def named(self, chunk: int, names: frozenset[str]) -> Iterator[tuple[str, Slot]]:
        """First name and one slot of each tensor of a chunk that is meant by one of `names`."""
        for weight, _, _ in self._chunks[chunk]:
            if not names.isdisjoint(weight.spec.names):
                yield weight.spec.name, weight.slots[0]

    def names(self) -> frozenset[str]:
        """Every name of every tensor in a chunk."""
        return frozenset(name for chunk in self._chunks for weight, _, _ in chunk for name in weight.spec.names)

    def read_constants(self, chunk: int, memory: memoryview) -> None:
        """Copy a chunk of constants from its master."""
        for weight, begin, end in self._chunks[chunk]:
            if begin < end:
                flat = weight.absent.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
                memory[begin:end] = bytes_of(flat)


def bytes_of(tensor: Tensor) -> memoryview:
    """(nbytes,) uint8 in RAM -> the same bytes, not copied."""
    array: Any = tensor.numpy()  # numpy's types do not yet say that an array is a buffer
    return memoryview(array)


def _chunked(layout: Layout, weights: Sequence[Weight]) -> list[tuple[tuple[Weight, int, int], ...]]:
    """Of each chunk: the weights in it, from byte to byte."""
    by_name = {weight.spec.name: weight for weight in weights}
    return [tuple((by_name[place.spec.name], place.offset, place.end) for place in places) for places in layout.chunks]


def _weights(module: nn.Module) -> list[Weight]:
    """Parameters and buffers in the order that the module registered them, which is the order of its forward pass."""
    found: dict[int, tuple[Tensor, list[str], dict[tuple[int, str, str], Slot], list[bool]]] = {}
    for prefix, owner in module.named_modules(remove_duplicate=False):
        for table, attribute, tensor, stored in _entries(owner):
            _, names, slots, kinds = found.setdefault(id(tensor), (tensor, [], {}, []))
            names.append(f"{prefix}.{attribute}" if prefix else attribute)
            slots[id(owner), table, attribute] = Slot(owner, table, attribute, keeps_lists(owner))
            kinds.append(stored)
    return [_weight(tensor, names, tuple(slots.values()), any(kinds)) for tensor, names, slots, kinds in found.values()]


def _entries(owner: nn.Module) -> Iterator[tuple[str, str, Tensor, bool]]:
    """(table, attribute, tensor, whether files hold it) of a module's own tensors."""
    for attribute, parameter in owner._parameters.items():
        if parameter is not None:
            yield "_parameters", attribute, parameter, True
    for attribute, buffer in owner._buffers.items():
        if buffer is not None:
            yield "_buffers", attribute, buffer, attribute not in owner._non_persistent_buffers_set


def _weight(tensor: Tensor, names: Sequence[str], slots: tuple[Slot, ...], stored: bool) -> Weight:
    nbytes = tensor.numel() * tensor.element_size()
    dtype = str(tensor.dtype).removeprefix("torch.")
    spec = TensorSpec(names[0], dtype, tuple(tensor.shape), nbytes, tuple(names[1:]))
    dense = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
    parameter = isinstance(tensor, nn.Parameter)
    absent = nn.Parameter(dense, requires_grad=False) if parameter else dense
    return Weight(spec, tensor.dtype, dense.stride(), absent if stored else tensor, slots, stored, parameter)


def _refuse_empty(name: str, constants: Sequence[Weight]) -> None:
    if empty := {weight.spec.name for weight in constants if weight.absent.is_meta}:
        raise ValueError(f"module '{name}': {some(empty)} are stored in no file, so they cannot be meta tensors")
