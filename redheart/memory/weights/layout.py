"""Where each tensor of a module lies in flat chunks of bounded size. Pure: knows neither torch nor memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

CHUNK_BYTES: Final = 64 * 2**20
#: Smaller modules have smaller chunks, about so many, so that a part of them can stay; below the least size, one is.
CHUNKS: Final = 8
LEAST_CHUNK_BYTES: Final = 8 * 2**20
ALIGNMENT: Final = 256


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor, dense: `dtype` as torch names it ('float32'), `nbytes` of its values.

    Tied tensors are one tensor; `aliases` are its other names.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the first one first."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor lies in bytes `offset` to `end` of a chunk."""

    spec: TensorSpec
    chunk: int
    offset: int

    @property
    def end(self) -> int:
        """The byte after its last one."""
        return self.offset + self.spec.nbytes


@dataclass(frozen=True)
class Layout:
    """Chunks of whole tensors in their order, each tensor aligned to 256 bytes, none in two chunks."""

    chunks: tuple[tuple[Place, ...], ...]

    @cached_property
    def chunk_bytes(self) -> tuple[int, ...]:
        """Bytes of each chunk: at most CHUNK_BYTES, but for a single tensor that is larger."""
        return tuple(places[-1].end for places in self.chunks)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what lies where: equal for layouts that can read one another's chunks."""
        text = "\n".join(f"{p.chunk} {p.offset} {p.spec.dtype} {p.spec.shape} {p.spec.names}" for p in self.places())
        return hashlib.sha256(text.encode()).hexdigest()

    def places(self) -> Iterator[Place]:
        """Every place, in order."""
        for places in self.chunks:
            yield from places


def lay_out(specs: Sequence[TensorSpec], chunk_bytes: int = CHUNK_BYTES) -> Layout:
    """Tensors into chunks of at most `chunk_bytes`, in their order. Raises ValueError for a name given twice."""
    _refuse_doubles(specs)
    chunks: list[list[Place]] = []
    end = 0
    for spec in specs:
        offset = _aligned(end)
        if not chunks or (end and spec.nbytes and offset + spec.nbytes > chunk_bytes):
            chunks.append([])
            offset = 0
        chunks[-1].append(Place(spec, len(chunks) - 1, offset))
        end = offset + spec.nbytes
    return Layout(tuple(tuple(places) for places in chunks))


def chunk_size(nbytes: int, most: int = CHUNK_BYTES) -> int:
    """Bytes of a chunk that suit a module of `nbytes`."""
    return min(most, max(LEAST_CHUNK_BYTES, -(-nbytes // CHUNKS)))


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT


def _refuse_doubles(specs: Sequence[TensorSpec]) -> None:
    seen: set[str] = set()
    for spec in specs:
        for name in spec.names:
            if name in seen:
                raise ValueError(f"tensor '{name}' is laid out twice")
            seen.add(name)
