"""What this machine can do at best: copy RAM to RAM, read a file that is not cached."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

BITE: Final = 16 << 20  # bytes of one read
READERS: Final = 4


class Floors:
    """Two buffers of `file`'s size, every page of them touched, and threads to fill one of them with."""

    def __init__(self, file: Path) -> None:
        self.file, self.nbytes = file, file.stat().st_size
        self.processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._source = _aligned(self.nbytes)
        self._target = _aligned(self.nbytes)
        self._source.fill(1)
        self._target.fill(2)
        self._threads = ThreadPoolExecutor(max(READERS, self.processors), thread_name_prefix="floor")

    def copy(self, threads: int) -> None:
        """One buffer into the other."""
        self._shared(threads, self._copy)

    def read(self, threads: int) -> None:
        """The file into the warm buffer. Raises OSError if it ends early."""
        handle = os.open(self.file, os.O_RDONLY)
        try:
            self._shared(threads, lambda begin, end: self._read(handle, begin, end))
        finally:
            os.close(handle)

    def target(self) -> bytes:
        """What lies in the buffer that is filled."""
        return self._target.tobytes()

    def close(self) -> None:
        """Give threads and buffers back."""
        self._threads.shutdown()
        self._source = self._target = np.empty(0, np.uint8)

    def _shared(self, threads: int, work: Callable[[int, int], None]) -> None:
        edges = [self.nbytes * part // threads for part in range(threads + 1)]
        if threads == 1:
            work(*edges)
        else:
            list(self._threads.map(work, edges[:-1], edges[1:]))

    def _copy(self, begin: int, end: int) -> None:
        np.copyto(self._target[begin:end], self._source[begin:end])

    def _read(self, handle: int, begin: int, end: int) -> None:
        view = memoryview(self._target.data)
        while begin < end:
            got = os.preadv(handle, [view[begin : min(begin + BITE, end)]], begin)
            if not got:
                raise OSError(f"'{self.file}' ended at byte {begin} of {self.nbytes}")
            begin += got


def _aligned(nbytes: int) -> NDArray[np.uint8]:
    """Memory that begins with a page: the kernel copies several times slower to where numpy puts its arrays."""
    memory = mmap.mmap(-1, nbytes)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, np.uint8)
