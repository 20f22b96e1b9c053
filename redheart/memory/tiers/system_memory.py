"""Anonymous memory by address: taken from the system, moved where it can be, given back. Knows no blocks."""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Final, Protocol

#: One huge page: what is aligned to it moves by a pointer and costs one page fault.
GRANULE: Final = 2 * 2**20
_NO_ACCESS, _READ_WRITE = 0, mmap.PROT_READ | mmap.PROT_WRITE
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_FIXED, _NO_RESERVE = 0x10, 0x4000  # Linux's, on every processor that torch runs on
_MAY_MOVE_FIXED = 1 | 2
_ARENA_MAX = -8  # glibc's number for mallopt; others ignore it
_FAILED = ctypes.c_void_p(-1).value


class SystemMemory(Protocol):
    """Raises OSError where the system refuses. `moves`: pages can move to another address without a copy."""

    moves: bool

    def reserve(self, nbytes: int) -> int:
        """Address space, with no memory behind it yet."""
        ...

    def back(self, address: int, nbytes: int) -> int:
        """Put fresh memory behind reserved space; where it begins."""
        ...

    def move(self, source: int, nbytes: int, target: int) -> None:
        """Move pages into reserved space; nothing is left where they were."""
        ...

    def unmap(self, address: int, nbytes: int) -> None:
        """Give memory and space back."""
        ...

    def trim(self) -> None:
        """Ask the C library to give back what it keeps for itself."""
        ...


def system_memory() -> SystemMemory:
    """What this system can do: Linux moves pages, others do not."""
    return MovingMemory() if hasattr(ctypes.CDLL(None), "mremap") else PlainMemory()


def share_one_heap() -> None:
    """Let all threads of this process allocate from one heap: what one leaves unused, the others use.

    glibc gives threads heaps of their own, and each keeps what computing once took there. Elsewhere: nothing to do.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_ARENA_MAX, 1)


class MovingMemory:
    """Linux: huge pages where a range is aligned to them, moved by mremap."""

    moves = True

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        self._mmap = _declared(libc.mmap, address, [address, size, number, number, number, ctypes.c_long])
        self._mremap = _declared(libc.mremap, address, [address, size, size, number, address])
        self._munmap = _declared(libc.munmap, number, [address, size])
        self._madvise = _declared(libc.madvise, number, [address, size, number])
        self._trim = getattr(libc, "malloc_trim", None)  # glibc alone has it

    def reserve(self, nbytes: int) -> int:
        """Address space aligned to a granule."""
        found = self._map(None, nbytes + GRANULE, _NO_ACCESS, _PRIVATE | _NO_RESERVE)
        start = -(-found // GRANULE) * GRANULE
        if start > found:
            self.unmap(found, start - found)
        self.unmap(start + nbytes, found + GRANULE - start)
        return start

    def back(self, address: int, nbytes: int) -> int:
        """Fresh memory, in huge pages where whole ones fit."""
        self._map(address, nbytes, _READ_WRITE, _PRIVATE | _FIXED)
        if nbytes >= GRANULE:
            self._madvise(address, nbytes, mmap.MADV_HUGEPAGE)  # a wish: refused where the kernel has none
        return address

    def move(self, source: int, nbytes: int, target: int) -> None:
        """Both ranges must lie apart."""
        if self._mremap(source, nbytes, nbytes, _MAY_MOVE_FIXED, target) == _FAILED:
            raise _last_error()

    def unmap(self, address: int, nbytes: int) -> None:
        """Give memory and space back."""
        if nbytes and self._munmap(address, nbytes):
            raise _last_error()

    def trim(self) -> None:
        """malloc_trim, where the C library has it."""
        if self._trim is not None:
            self._trim(0)

    def _map(self, address: int | None, nbytes: int, protection: int, flags: int) -> int:
        found = self._mmap(address, nbytes, protection, flags, -1, 0)
        if found == _FAILED:
            raise _last_error()
        return int(found)


class PlainMemory:
    """Anywhere: each range is a mapping of its own, and stays where it is."""

    moves = False

    def __init__(self) -> None:
        self._mappings: dict[int, mmap.mmap] = {}

    def reserve(self, nbytes: int) -> int:
        """The whole mapping; no page is used before it is written."""
        try:
            mapping = mmap.mmap(-1, nbytes)
        except (ValueError, OverflowError) as error:  # more than an address can say
            raise OSError(12, os.strerror(12)) from error
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapping))
        self._mappings[address] = mapping
        return address

    def back(self, address: int, nbytes: int) -> int:
        """It is there already."""
        return address

    def move(self, source: int, nbytes: int, target: int) -> None:
        """Cannot be done here."""
        raise NotImplementedError("memory does not move on this system")

    def unmap(self, address: int, nbytes: int) -> None:
        """Close the mapping: it can only go as a whole."""
        self._mappings.pop(address).close()

    def trim(self) -> None:
        """Nothing to ask for."""


def _declared(function: ctypes._NamedFuncPointer, result: type, arguments: list[type]) -> ctypes._NamedFuncPointer:
    function.restype, function.argtypes = result, arguments
    return function


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
