"""Tensors as one safetensors file that is there whole or not at all, however its writer ends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor


def save_whole(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Written beside `path`, then put in its place, with the mode that the umask gives any file.

    Raises OSError or SafetensorError if the disk refuses; what lay at `path` is then still there.
    """
    # Always of the same name: what a killed run left is overwritten by the next one.
    part = path.with_name(f".{path.name}.part")
    try:
        mode = _usual_mode(part)
        save_file(dict(tensors), part, metadata=dict(metadata))
        # safetensors writes for its owner alone, whatever the umask.
        part.chmod(mode)
        _flush(part)
        part.replace(path)
        _flush(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _usual_mode(path: Path) -> int:
    """Of a file that is made anew there: the umask itself cannot be read without changing it."""
    path.unlink(missing_ok=True)
    with path.open("wb") as stream:
        return os.fstat(stream.fileno()).st_mode & 0o777


def _flush(path: Path) -> None:
    """On disk, not only in the page cache; of a folder: the names in it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
