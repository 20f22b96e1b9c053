"""Host memory of exact size that a GPU can copy from by itself, where the machine lets it be locked."""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

#: Locks (address, bytes) in RAM: returns what unlocks it, None if the machine refuses.
Pin = Callable[[int, int], Callable[[], None] | None]

_PORTABLE: Final = 1  # cudaHostRegisterPortable: locked for every context of this process


def page_rounded(nbytes: int) -> int:
    """The least number of whole pages, in bytes, that holds `nbytes`."""
    return -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE


class HostMemory:
    """`nbytes` (> 0) of anonymous memory, `size` with the last page filled up. `tensor` and `view` are its bytes.

    Not torch's pinned memory: that one is rounded up to a power of two.
    """

    def __init__(self, nbytes: int) -> None:
        self.nbytes, self.size = nbytes, page_rounded(nbytes)
        mapping = mmap.mmap(-1, self.size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with contextlib.suppress(OSError):  # a kernel without huge pages: the first touch is slower, no more
            mapping.madvise(mmap.MADV_HUGEPAGE)
        self.view = memoryview(mapping)[:nbytes]
        self.tensor: Tensor = torch.frombuffer(mapping, dtype=torch.uint8, count=nbytes)
        self._unlock: Callable[[], None] | None = None

    @property
    def locked(self) -> bool:
        """True while the pages cannot leave RAM."""
        return self._unlock is not None

    def lock(self, pin: Pin) -> bool:
        """Lock, after it was written to: untouched pages would come one by one. False if the machine refuses."""
        if self._unlock is None:
            self._unlock = pin(self.tensor.data_ptr(), self.size)
        return self.locked

    def unlock(self) -> None:
        """The pages may leave RAM again; the memory itself goes with its last reader. Harmless if not locked."""
        unlock, self._unlock = self._unlock, None
        if unlock is not None:
            unlock()


class StagingRing:
    """Two locked buffers of `slot_bytes`, used in turn: one is written to while the other is copied from.

    Whoever takes a slot has waited for the copy out of it, two takes ago. Made at the first take; `locked` makes it.
    """

    def __init__(self, slot_bytes: int, pin: Pin) -> None:
        self.slot_bytes = slot_bytes
        self._pin = pin
        self._slots: list[HostMemory] = []

    @property
    def nbytes(self) -> int:
        """What both slots take once they are made."""
        return 2 * page_rounded(self.slot_bytes)

    @property
    def locked(self) -> bool:
        """True if the machine let both be locked."""
        return all(slot.locked for slot in self._made())

    def take(self) -> HostMemory:
        """The slot that was taken before the last one."""
        slots = self._made()
        slots.reverse()
        return slots[0]

    def close(self) -> None:
        """Unlock; the next take makes new slots."""
        slots, self._slots = self._slots, []
        for slot in slots:
            slot.unlock()

    def _made(self) -> list[HostMemory]:
        while len(self._slots) < 2:
            slot = HostMemory(self.slot_bytes)
            slot.tensor.zero_()
            slot.lock(self._pin)
            self._slots.append(slot)
        return self._slots


def lock_nothing(address: int, nbytes: int) -> None:
    """A `Pin` that refuses: for who wants no locked memory."""


def cuda_pin(address: int, nbytes: int) -> Callable[[], None] | None:
    """A `Pin` by the CUDA runtime: from then on the GPU copies from there by itself, at the speed of the link."""
    if int(_runtime().cudaHostRegister(address, nbytes, _PORTABLE)) != 0:
        _forget_the_refusal()
        return None
    return partial(_unpin, address)


def _unpin(address: int) -> None:
    torch.cuda.check_error(_runtime().cudaHostUnregister(address))


def _runtime() -> Any:
    return torch.cuda.cudart()  # type: ignore[no-untyped-call]


def _forget_the_refusal() -> None:
    """The runtime keeps it as its last error, for which the next kernel launched would be blamed: launch one now."""
    with contextlib.suppress(RuntimeError):
        torch.zeros(1, device="cuda")
