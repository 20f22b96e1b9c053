"""Counts the bytes that an action copies, by torch or through the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from redheart.benchmarks.memory.page_cache import counters

COPYING = ("copy_", "_to_copy", "clone", "fill_", "zero_", "contiguous")


def bytes_copied(action: Callable[[], object]) -> int:
    """Bytes that torch copied or filled, that were read, that were written, while `action` ran on this thread."""
    watch = _Watch()
    idle = _moved()  # looking at the kernel's counters is itself a read
    idle = _moved() - idle
    before = _moved()
    with watch:
        action()
    return watch.nbytes + _moved() - before - idle


class _Watch(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nbytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if function.overloadpacket.__name__ in COPYING and isinstance(result, Tensor):
            if result.device != torch.device("meta"):
                self.nbytes += result.nbytes
        return result


def _moved() -> int:
    now = counters()
    return now.get("rchar", 0) + now.get("wchar", 0)
