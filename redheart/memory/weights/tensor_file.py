"""The header of a safetensors file: which tensor lies in which bytes. Reads no tensor."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redheart.errors import CheckpointError

MEND: Final = "Restore the file."
#: dtype in the file -> (as torch names it, bytes of one value)
DTYPES: Final[dict[str, tuple[str, int]]] = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "C64": ("complex64", 8),
    "I64": ("int64", 8),
    "I32": ("int32", 4),
    "I16": ("int16", 2),
    "I8": ("int8", 1),
    "U64": ("uint64", 8),
    "U32": ("uint32", 4),
    "U16": ("uint16", 2),
    "U8": ("uint8", 1),
    "BOOL": ("bool", 1),
}
CODES: Final = {torch_name: code for code, (torch_name, _) in DTYPES.items()}
_LENGTH_BYTES, _LONGEST = 8, 100_000_000


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor in a file: `dtype` as torch names it, bytes from `offset` of the file."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class TensorFile:
    """What a safetensors file says of itself."""

    tensors: Mapping[str, StoredTensor]
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Changes when a file is replaced or written to."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, file: Path | int) -> Fingerprint:
        """Of a path or an open file. Raises OSError."""
        status = os.stat(file)
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


def read_tensor_file(path: Path) -> TensorFile:
    """Read a header and hold it to the format's rules. Raises CheckpointError naming the file."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
            if size < _LENGTH_BYTES or length > min(_LONGEST, size - _LENGTH_BYTES):
                raise _damaged(path, f"its header of {length} bytes does not fit in {size}")
            text = stream.read(length)
    except OSError as error:
        raise unreadable(path, error) from error
    return _parsed(path, text, size - _LENGTH_BYTES - length)


def header_bytes(tensors: Mapping[str, tuple[str, tuple[int, ...], int]], metadata: Mapping[str, str]) -> bytes:
    """A header for tensors in this order, without gaps: name -> (torch's dtype, shape, bytes).

    It is filled up so that the first tensor begins at a multiple of 4 KiB.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, (dtype, shape, nbytes) in tensors.items():
        header[name] = {"dtype": CODES[dtype], "shape": list(shape), "data_offsets": [end, end + nbytes]}
        end += nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(_LENGTH_BYTES + len(text)) % 4096)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text


def unreadable(path: Path, error: OSError) -> CheckpointError:
    """The file system said no."""
    if isinstance(error, FileNotFoundError):
        return CheckpointError(f"'{path}' is missing. {MEND}")
    return CheckpointError(f"'{path}' cannot be read ({error.strerror}). {MEND}")


def _damaged(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"'{path}' is not a whole safetensors file ({why}). {MEND}")


def _parsed(path: Path, text: bytes, data_bytes: int) -> TensorFile:
    start = _LENGTH_BYTES + len(text)
    try:
        header = json.loads(text.decode("utf-8"))
        metadata = dict(header.pop("__metadata__", None) or {})
        tensors = {name: _tensor(entry, start) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"its header cannot be read: {error!r}") from error
    _refuse_gaps(path, tensors, start, start + data_bytes)
    return TensorFile(tensors, metadata)


def _tensor(entry: Mapping[str, Any], start: int) -> StoredTensor:
    """Raises ValueError, KeyError, TypeError."""
    if entry["dtype"] not in DTYPES:
        raise ValueError(f"unknown dtype '{entry['dtype']}'")
    dtype, itemsize = DTYPES[entry["dtype"]]
    shape, (begin, end) = tuple(int(side) for side in entry["shape"]), entry["data_offsets"]
    nbytes = math.prod(shape) * itemsize
    if min(shape, default=0) < 0 or int(end) - int(begin) != nbytes:
        raise ValueError(f"{end - begin} bytes for {shape} {dtype}")
    return StoredTensor(dtype, shape, start + int(begin), nbytes)


def _refuse_gaps(path: Path, tensors: Mapping[str, StoredTensor], start: int, end: int) -> None:
    position = start
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.offset, tensor.nbytes)):
        if tensor.offset != position:
            raise _damaged(path, f"a tensor begins at byte {tensor.offset}, expected {position}")
        position += tensor.nbytes
    if position != end:
        raise _damaged(path, f"it has {end} bytes, its header speaks of {position}")
