"""Tensors as they lie in a model file, read a few rows at a time: beside the result almost nothing is in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from redheart.errors import CheckpointError

#: Bytes of values that are decoded at once.
BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where one tensor lies. `kind` is the file's name of its number format.

    `decode` makes values, in any shape, of the bytes of whole rows; a row is the last dimension.
    """

    path: Path
    offset: int
    nbytes: int
    shape: tuple[int, ...]
    kind: str
    decode: Callable[[bytearray], Tensor]

    @property
    def rows(self) -> int:
        """1 for a vector."""
        return math.prod(self.shape[:-1])


def read_tensor(stored: StoredTensor, dtype: torch.dtype) -> Tensor:
    """The values as `dtype`. Raises CheckpointError where the file cannot be read or ends too early."""
    values = torch.empty(stored.shape, dtype=dtype)
    if values.numel() == 0:
        return values
    by_row = values.view(stored.rows, -1)
    step = max(1, BLOCK_BYTES // (by_row.shape[1] * dtype.itemsize))
    with _opened(stored.path) as file:
        for first in range(0, stored.rows, step):
            some = by_row[first : first + step]
            some.copy_(stored.decode(_row_bytes(file, stored, first, len(some))).view_as(some))
    return values


def same_values(one: StoredTensor, other: StoredTensor) -> bool:
    """True if both hold the same bytes in the same format. Raises CheckpointError."""
    if (one.shape, one.kind, one.nbytes) != (other.shape, other.kind, other.nbytes):
        return False
    step = max(1, BLOCK_BYTES * one.rows // max(1, one.nbytes))
    with _opened(one.path) as left, _opened(other.path) as right:
        for first in range(0, one.rows, step):
            count = min(step, one.rows - first)
            if _row_bytes(left, one, first, count) != _row_bytes(right, other, first, count):
                return False
    return True


def _opened(path: Path) -> FileIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). Restore the file.") from error


def _row_bytes(file: FileIO, stored: StoredTensor, first: int, count: int) -> bytearray:
    """Bytes of rows `first` to `first + count`: read, not mapped, for mapped pages would count as resident."""
    row = stored.nbytes // stored.rows
    found = bytearray(row * count)
    left = memoryview(found)
    try:
        file.seek(stored.offset + row * first)
        while len(left):
            read = file.readinto(left)
            if not read:
                raise EOFError("it ends too early")
            left = left[read:]
    except (OSError, EOFError) as error:
        raise CheckpointError(f"'{stored.path}' cannot be read ({error}). Restore the file.") from error
    return found
