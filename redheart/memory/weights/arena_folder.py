"""The disk tier: copies of converted weights in the layout they are used in, as safetensors any tool reads."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redheart.errors import CheckpointError
from redheart.memory.budgets import mib
from redheart.memory.weights.layout import Layout, Place
from redheart.memory.weights.tensor_file import header_bytes, read_tensor_file

FORMAT: Final = "redheart-arena-1"
PADDING: Final = "__padding__."
PAGE: Final = 4096
#: Bytes of the disk that are left to others, and seconds after which a half-written file has no writer any more.
SPARE_BYTES: Final = 2**30
ABANDONED_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ArenaKey:
    """Whose weights, in which layout; `identity` changes with the bits."""

    module: str
    identity: str
    layout: Layout

    @property
    def file_name(self) -> str:
        """One name for each key."""
        digest = hashlib.sha256(f"{self.module}\n{self.identity}\n{self.layout.digest}".encode()).hexdigest()
        return f"{re.sub(r'[^A-Za-z0-9._-]', '_', self.module)[:60]}-{digest[:24]}.safetensors"


@dataclass(eq=False)
class ArenaFile:
    """One module's chunks on disk, and the CRC-32 that each must have."""

    path: Path
    key: ArenaKey
    padding: frozenset[str]
    _sums: tuple[int, ...]
    _accepted: set[int] = field(default_factory=set)

    def check(self) -> None:
        """The file is new to its reader: what was accepted before says nothing. Raises CheckpointError."""
        self._accepted.clear()
        self._sums = _described(self.path, self.key)[0]

    def accept(self, chunk: int, memory: memoryview) -> None:
        """Hold a chunk to its sum, the first time it is read. Raises CheckpointError."""
        if chunk in self._accepted:
            return
        if _sum(self.key.layout.chunks[chunk], memory) != self._sums[chunk]:
            raise CheckpointError(f"'{self.path}': chunk {chunk} does not have the CRC-32 it was written with.")
        self._accepted.add(chunk)


@dataclass(eq=False)
class ArenaFolder:
    """At most `budget_bytes` of files, readable by this user alone. What was not used for longest leaves first."""

    folder: Path
    budget_bytes: int
    spare_bytes: int = SPARE_BYTES

    def find(self, key: ArenaKey) -> ArenaFile | None:
        """The file of these weights, if there is one. Raises CheckpointError, and removes it, if it is damaged."""
        path = self.folder / key.file_name
        if not path.exists():
            return None
        try:
            sums, padding = _described(path, key)
        except CheckpointError:
            path.unlink(missing_ok=True)
            raise
        _used_now(path)
        return ArenaFile(path, key, padding, sums)

    def keep(self, key: ArenaKey, chunk: Callable[[int], memoryview]) -> str | None:
        """Write the chunks that `chunk` shows, one by one; None, or why they are not kept. All or nothing is written.

        Zeros are written into the gaps between tensors.
        """
        nbytes = len(_header(key, [0] * len(key.layout.chunks))) + sum(map(_paged, key.layout.chunk_bytes))
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if reason := self._no_room(nbytes):
                return reason
            self._write(key, chunk)
        except OSError as error:
            return f"'{self.folder}' takes no copy of {mib(nbytes)}: {error.strerror}"
        return None

    def drop(self, file: ArenaFile) -> None:
        """Remove a file."""
        with suppress(OSError):  # then it stays, and is refused again by whoever reads it
            file.path.unlink(missing_ok=True)

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _no_room(self, nbytes: int) -> str | None:
        if nbytes > self.budget_bytes:
            return f"{mib(nbytes)} exceed the {mib(self.budget_bytes)} that `memory.disk_budget_mib` gives to copies"
        files = sorted(self._files(), key=lambda file: file[1].st_atime_ns)
        over = sum(status.st_size for _, status in files) + nbytes - self.budget_bytes
        for path, status in files:
            if over > 0:
                path.unlink(missing_ok=True)
                over -= status.st_size
        free = shutil.disk_usage(self.folder).free
        if free < nbytes + self.spare_bytes:
            return (
                f"the disk of '{self.folder}' is nearly full: {mib(free)} are free, {mib(self.spare_bytes)} must stay"
            )
        return None

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Whole files; what a writer left half-written long ago is removed on the way."""
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process removed it
                status = path.stat()
                if path.suffix == ".safetensors":
                    yield path, status
                elif path.suffix == ".writing" and time.time() - status.st_mtime > ABANDONED_S:
                    path.unlink()

    def _write(self, key: ArenaKey, chunk: Callable[[int], memoryview]) -> None:
        target = self.folder / key.file_name
        half = target.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.writing")
        handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            try:
                _write_all(handle, key, chunk)
            finally:
                os.close(handle)
            os.replace(half, target)
        except BaseException:
            half.unlink(missing_ok=True)
            raise


def _write_all(handle: int, key: ArenaKey, chunk: Callable[[int], memoryview]) -> None:
    layout = key.layout
    sums = [0] * len(layout.chunks)
    _write(handle, memoryview(_header(key, sums)))  # as long as the one that will replace it
    for index, places in enumerate(layout.chunks):
        memory = chunk(index)[: layout.chunk_bytes[index]]
        for begin, end in _gaps(places):
            memory[begin:end] = bytes(end - begin)
        sums[index] = _sum(places, memory)
        _write(handle, memory)
        _write(handle, memoryview(bytes(_paged(len(memory)) - len(memory))))
    os.lseek(handle, 0, os.SEEK_SET)
    _write(handle, memoryview(_header(key, sums)))


def _write(handle: int, memory: memoryview) -> None:
    while len(memory):
        memory = memory[os.write(handle, memory) :]


def _header(key: ArenaKey, sums: Sequence[int]) -> bytes:
    """Tensors in layout order, gaps as tensors of their own, each chunk a multiple of 4 KiB."""
    tensors: dict[str, tuple[str, tuple[int, ...], int]] = {}
    for places, size in zip(key.layout.chunks, key.layout.chunk_bytes, strict=True):
        end = 0
        for place in places:
            _pad(tensors, place.offset - end)
            tensors[place.spec.name] = (place.spec.dtype, place.spec.shape, place.spec.nbytes)
            end = place.end
        _pad(tensors, _paged(size) - size)
    metadata = {"format": FORMAT, "module": key.module, "identity": key.identity, "layout": key.layout.digest}
    return header_bytes(tensors, metadata | {"crc32": ",".join(f"{value:08x}" for value in sums)})


def _pad(tensors: dict[str, tuple[str, tuple[int, ...], int]], nbytes: int) -> None:
    if nbytes:
        tensors[f"{PADDING}{len(tensors)}"] = ("uint8", (nbytes,), nbytes)


def _paged(nbytes: int) -> int:
    """Rounded up to whole pages."""
    return -(-nbytes // PAGE) * PAGE


def _gaps(places: Sequence[Place]) -> Iterator[tuple[int, int]]:
    end = 0
    for place in places:
        if place.offset > end:
            yield end, place.offset
        end = place.end


def _sum(places: Sequence[Place], memory: memoryview) -> int:
    """CRC-32 of the tensors of a chunk, whatever lies between them."""
    value = 0
    for place in places:
        value = zlib.crc32(memory[place.offset : place.end], value)
    return value


def _described(path: Path, key: ArenaKey) -> tuple[tuple[int, ...], frozenset[str]]:
    """Sums of the chunks, and names of the paddings. Raises CheckpointError for a file of another key."""
    file = read_tensor_file(path)
    said = file.metadata
    if (said.get("format"), said.get("identity"), said.get("layout")) != (FORMAT, key.identity, key.layout.digest):
        raise CheckpointError(f"'{path}' is no copy of the weights of '{key.module}'.")
    try:
        sums = tuple(int(value, 16) for value in said.get("crc32", "").split(","))
    except ValueError as error:
        raise CheckpointError(f"'{path}' has no readable sums ({error}).") from error
    if len(sums) != len(key.layout.chunks):
        raise CheckpointError(f"'{path}' has sums for {len(sums)} of {len(key.layout.chunks)} chunks.")
    return sums, frozenset(name for name in file.tensors if name.startswith(PADDING))


def _used_now(path: Path) -> None:
    """Remember the use by the access time; the time of writing tells readers whether the file changed."""
    with suppress(OSError):  # then it leaves earlier than it should
        status = path.stat()
        os.utime(path, ns=(time.time_ns(), status.st_mtime_ns))
