"""One file of sentence vectors: written whole or not at all, held to its sums when it is read."""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.numpy

from redheart.errors import CheckpointError, InputError
from redheart.memory.weights import tensor_file
from redheart.training.corpus.embedding_key import KEY_BYTES, EmbeddingKey

MEND: Final = "Delete it; what it held is embedded again when it is asked for."
_DTYPES: Final = {"vectors": "<f4", "starts": "<i8", "keys": "|u1"}


class DamagedShardError(InputError):
    """A shard whose bytes are not those that were written."""


@dataclass(frozen=True, slots=True)
class Shard:
    """N texts: `keys` N times 16 bytes, text n is vectors[starts[n]:starts[n + 1]], (sentences, D) on disk."""

    path: Path
    keys: bytes
    starts: tuple[int, ...]
    vectors: np.ndarray
    sum: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def key(self, text: int) -> bytes:
        """The key of a text, counted from 0."""
        return self.keys[KEY_BYTES * text : KEY_BYTES * (text + 1)]

    def of(self, text: int) -> np.ndarray:
        """(S, D) of a text, a view of the file."""
        vectors: np.ndarray = self.vectors[self.starts[text] : self.starts[text + 1]]
        return vectors

    def check(self) -> None:
        """Raises DamagedShardError if the vectors are not those that were written."""
        if _sum(self.vectors) != self.sum:
            raise _damage(self.path, "its vectors do not fit their checksum (CRC)")


def write_shard(folder: Path, key: EmbeddingKey, keys: Sequence[bytes], vectors: Sequence[np.ndarray]) -> Path:
    """Vectors (S, D) of texts, under a name that no other writer takes. Raises InputError if the disk refuses."""
    tensors: dict[str, np.ndarray] = {
        "vectors": np.concatenate(vectors).astype(np.float32, copy=False),
        "starts": np.cumsum([0, *map(len, vectors)], dtype=np.int64),
        "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES),
    }
    sums = {name: _sum(tensor) for name, tensor in tensors.items()}
    metadata = {"format": key.format, "key": key.digest, "sums": json.dumps(sums)}
    path = folder / f"shard-{secrets.token_hex(8)}.safetensors"
    write_whole(path, safetensors.numpy.save(tensors, metadata))
    return path


def read_shard(path: Path, key: EmbeddingKey) -> Shard:
    """Raises DamagedShardError for a file that is damaged, InputError for one with the vectors of another key."""
    try:
        stored = tensor_file.read_tensor_file(path)
    except CheckpointError as error:
        raise _damage(path, "it is no whole safetensors file") from error
    if stored.metadata.get("format") != key.format:
        raise _refusal(path, f"its format is '{stored.metadata.get('format')}', not '{key.format}'")
    if stored.metadata.get("key") != key.digest:
        raise _refusal(path, "it was made by another encoder, or otherwise")
    try:
        sums = {name: int(value) for name, value in json.loads(stored.metadata["sums"]).items()}
        arrays = {name: _mapped(path, stored.tensors[name], dtype) for name, dtype in _DTYPES.items()}
        shard = Shard(
            path, arrays["keys"].tobytes(), tuple(arrays["starts"].tolist()), arrays["vectors"], sums["vectors"]
        )
        whole = all(_sum(arrays[name]) == sums[name] for name in ("keys", "starts"))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise _damage(path, f"its tensors cannot be read: {error!r}") from error
    if not whole or not _fits(shard, key.dim):
        raise _damage(path, "its tensors do not fit together")
    return shard


def write_whole(path: Path, content: bytes) -> None:
    """Written beside `path`, flushed, then put in its place. Raises InputError if the disk refuses."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written ({error.strerror}). Make room, then run it again.") from error


def _mapped(path: Path, stored: tensor_file.StoredTensor, dtype: str) -> np.ndarray:
    if np.dtype(dtype).name != stored.dtype:
        raise ValueError(f"'{stored.dtype}' stands where '{np.dtype(dtype).name}' belongs")
    mapped: Any = np.memmap(path, dtype, "r", stored.offset, stored.shape)
    array: np.ndarray = mapped.view(np.ndarray)  # slicing a memmap costs ten times as much
    return array


def _fits(shard: Shard, dim: int) -> bool:
    starts = shard.starts
    return (
        shard.vectors.ndim == 2
        and shard.vectors.shape[1] == dim
        and len(shard.keys) == KEY_BYTES * len(shard)
        and (starts[0], starts[-1]) == (0, len(shard.vectors))
        and all(np.diff(starts) > 0)
    )


def _sum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data.cast("B"))


def _refusal(path: Path, why: str) -> InputError:
    return InputError(f"'{path}': {why}. {MEND}")


def _damage(path: Path, why: str) -> DamagedShardError:
    return DamagedShardError(f"'{path}': {why}. {MEND}")
