"""Files made warm or cold: in the page cache, or out of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

IO: Final = Path("/proc/self/io")
BITE: Final = 16 << 20


def can_drop() -> bool:
    """True where the system lets a process drop clean pages of a file."""
    return hasattr(os, "posix_fadvise")


def warm(files: Iterable[Path]) -> None:
    """Read files to the end; what they hold is thrown away."""
    scrap = bytearray(BITE)
    for file in files:
        with file.open("rb", buffering=0) as stream:
            while stream.readinto(scrap):
                pass


def drop(files: Iterable[Path]) -> None:
    """Take files out of the page cache; pages that somebody maps or has not written yet stay."""
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def counters() -> dict[str, int]:
    """What this process has read and written so far, by the kernel's names; empty where it does not say."""
    try:
        lines = IO.read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    return {name: int(value) for name, _, value in (line.partition(":") for line in lines)}


def read_from_disk() -> int | None:
    """Bytes that this process has had fetched from a disk so far; None where the kernel does not say."""
    return counters().get("read_bytes")
