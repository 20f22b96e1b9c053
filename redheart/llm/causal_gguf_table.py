"""The tensor table of a GGUF file. Its vocabulary is stepped over: reading that as well takes seconds."""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.llm.causal_tensors import StoredTensor

VERSIONS: Final = (2, 3)
#: Bytes of a metadata value by its type; strings and arrays have no fixed size.
_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_UINT32, _STRING, _ARRAY = 4, 8, 9
_ALIGNMENT: Final = 32  # by the format, where the file names none


@dataclass(frozen=True, slots=True)
class GgufTable:
    """`architecture` is the file's word for its kind of model; `tensors` by their names in the file, in its order."""

    architecture: str
    tensors: dict[str, StoredTensor]


def gguf_table(path: Path) -> GgufTable:
    """Read the header. Raises CheckpointError for a damaged file or an unknown version."""
    try:
        with path.open("rb") as file:
            return _table(path, file)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, struct.error) as error:
        raise CheckpointError(f"'{path}' is no whole GGUF file ({error}). Restore the file.") from error


def _table(path: Path, file: BufferedReader) -> GgufTable:
    magic, version, tensors, values = _unpack(file, "<4sIQQ")
    if magic != b"GGUF" or version not in VERSIONS:
        raise ValueError(f"it begins with {magic!r}, version {version}; versions {VERSIONS} are read")
    told = dict(_value(file) for _ in range(values))
    entries = [_entry(file) for _ in range(tensors)]
    alignment = told.get("general.alignment", _ALIGNMENT)
    data = math.ceil(file.tell() / alignment) * alignment
    places = {name: _place(path, shape, kind, data + offset) for name, shape, kind, offset in entries}
    return GgufTable(told["general.architecture"], places)


def _value(file: BufferedReader) -> tuple[str, Any]:
    """A key, and its value where that is a short one that is needed here; None for others."""
    key = _string(file)
    (kind,) = _unpack(file, "<I")
    if kind == _STRING:
        return key, _string(file)
    if kind == _UINT32:
        return key, *_unpack(file, "<I")
    _skip(file, kind)
    return key, None


def _skip(file: BufferedReader, kind: int) -> None:
    if kind in _SIZES:
        file.seek(_SIZES[kind], os.SEEK_CUR)
    elif kind == _STRING:
        _string(file)
    elif kind == _ARRAY:
        item, count = _unpack(file, "<IQ")
        if item in _SIZES:
            file.seek(_SIZES[item] * count, os.SEEK_CUR)
        else:
            for _ in range(count):
                _skip(file, item)
    else:
        raise ValueError(f"metadata of type {kind} is unknown")


def _entry(file: BufferedReader) -> tuple[str, tuple[int, ...], int, int]:
    """Name, shape (the file lists the fastest dimension first), number format, offset within the data."""
    name = _string(file)
    (dimensions,) = _unpack(file, "<I")
    sizes = _unpack(file, f"<{dimensions}Q")
    kind, offset = _unpack(file, "<IQ")
    return name, tuple(reversed(sizes)), kind, offset


def _place(path: Path, shape: tuple[int, ...], kind: int, offset: int) -> StoredTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    format_ = GGMLQuantizationType(kind)
    block, size = GGML_QUANT_SIZES[format_]
    nbytes = math.prod(shape) // block * size
    if shape[-1] % block or offset + nbytes > path.stat().st_size:
        raise ValueError(f"a {format_.name} tensor of shape {shape} cannot lie at {offset}")
    return StoredTensor(path, offset, nbytes, shape, format_.name, partial(_dequantised, format_, shape[-1]))


def _dequantised(kind: Any, columns: int, raw: bytearray) -> Tensor:
    """Bytes of whole rows -> (rows, columns) float32."""
    import numpy as np
    from gguf import GGML_QUANT_SIZES, dequantize

    block, size = GGML_QUANT_SIZES[kind]
    packed = np.frombuffer(raw, dtype=np.uint8).reshape(-1, columns // block * size)
    try:
        return torch.from_numpy(dequantize(packed, kind))
    except NotImplementedError as error:
        raise CheckpointError(f"GGUF tensors of format {kind.name} cannot be read. Use another file.") from error


def _string(file: BufferedReader) -> str:
    (length,) = _unpack(file, "<Q")
    if length > os.fstat(file.fileno()).st_size:
        raise ValueError("a text in its header is longer than the file")
    return file.read(length).decode("utf-8")


def _unpack(file: BufferedReader, form: str) -> tuple[Any, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
