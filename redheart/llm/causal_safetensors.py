"""The tensor table of safetensors files."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.llm.causal_tensors import StoredTensor

#: Plain number formats; those that need a scale beside them, such as F8, are none.
DTYPES: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def safetensors_table(paths: Sequence[Path]) -> dict[str, StoredTensor]:
    """Name -> place, of all files together. Raises CheckpointError for a damaged header or an unknown format."""
    return {name: tensor for path in paths for name, tensor in _table_of(path).items()}


def _table_of(path: Path) -> dict[str, StoredTensor]:
    try:
        header, data = _header(path)
        return {name: _place(path, data, entry) for name, entry in header.items() if name != "__metadata__"}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(f"'{path}' is no whole safetensors file ({error}). Restore the file.") from error


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """What the header says, and where the data begins: 8 bytes of length, little-endian, then JSON, then data."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > path.stat().st_size - 8:
            raise ValueError("its header is longer than the file")
        return json.loads(stream.read(length)), 8 + length


def _place(path: Path, data: int, entry: dict[str, Any]) -> StoredTensor:
    first, end = entry["data_offsets"]
    shape, dtype = tuple(entry["shape"]), DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ValueError(f"number format '{entry['dtype']}' is not read here")
    if end - first != math.prod(shape) * dtype.itemsize or not 0 <= first <= end <= path.stat().st_size - data:
        raise ValueError(f"a tensor of shape {shape} cannot lie at {first} to {end}")
    return StoredTensor(path, data + first, end - first, shape, entry["dtype"], partial(_decoded, dtype))


def _decoded(dtype: torch.dtype, raw: bytearray) -> Tensor:
    return torch.frombuffer(raw, dtype=dtype)
