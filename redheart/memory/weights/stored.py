"""Brings a module's stored weights into chunks: byte ranges of its files, or converted tensors. Takes no memory."""

from __future__ import annotations

import _thread
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Protocol

from redheart.errors import CheckpointError
from redheart.memory.weights.layout import ALIGNMENT, Layout, Place, TensorSpec
from redheart.memory.weights.tensor_file import Fingerprint, StoredTensor, read_tensor_file, unreadable
from redheart.stored_weights import refuse_other_names
from redheart.types.weights import StoredWeights

MEND: Final = "Restore the file, or train the model again."
SLICE_BYTES: Final = 4 * 2**20
THREADS: Final = min(4, max(2, os.cpu_count() or 1))
MOST_BUFFERS: Final = 512  # of one preadv; systems allow 1024

#: (chunk, memory of at least its bytes): fills it. Raises CheckpointError.
Read = Callable[[int, memoryview], None]


class Source(Protocol):
    """A master copy in the layout's terms. `separable`: one chunk is read without the others."""

    separable: bool

    def reading(self, chunks: Sequence[int]) -> AbstractContextManager[Read]:
        """Inside, each of these chunks can be read once, best in this order. Raises CheckpointError."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a source must bring: for whom, in which layout. `ignored` names may be stored beside it."""

    owner: str
    layout: Layout
    ignored: frozenset[str] = frozenset()

    def refuse_others(self, found: Collection[str]) -> None:
        """Raises CheckpointError for missing or unexpected names; one stored name is enough for tied weights."""
        specs = [place.spec for place in self.layout.places()]
        expected = {name for spec in specs for name in spec.names}
        tied = {name for spec in specs if not set(spec.names).isdisjoint(found) for name in spec.names}
        refuse_other_names(f"weights of '{self.owner}'", expected, (set(found) | tied) - self.ignored, MEND)

    def refuse_other_form(self, spec: TensorSpec, dtype: str, shape: tuple[int, ...]) -> None:
        """Raises CheckpointError for a tensor of another shape or number format."""
        if (dtype, shape) != (spec.dtype, spec.shape):
            raise CheckpointError(
                f"weights of '{self.owner}': '{spec.name}' is {shape} torch.{dtype}, expected {spec.shape} "
                f"torch.{spec.dtype}. {MEND}"
            )


# -- files that hold the bits as they are used ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Range:
    """Bytes from `offset` of a file, one after the other, into [begin, end) of a chunk each."""

    file: int
    offset: int
    targets: tuple[tuple[int, int], ...]

    @property
    def nbytes(self) -> int:
        return sum(end - begin for begin, end in self.targets)


@dataclass(eq=False)
class DirectSource:
    """Reads byte ranges of safetensors straight into place, large ones in parallel slices.

    `accept` sees every chunk that was read, and may refuse it.
    """

    wanted: Wanted
    stored: StoredWeights
    accept: Read = lambda chunk, memory: None
    separable: bool = field(default=True, init=False)
    _fingerprints: tuple[Fingerprint, ...] = ()
    _ranges: Mapping[int, tuple[_Range, ...]] = field(default_factory=dict)

    @contextmanager
    def reading(self, chunks: Sequence[int]) -> Iterator[Read]:
        """Files are checked when first seen, and again when they have changed; a change while reading is refused.

        They are not touched before the first chunk is read: an engine may have a copy of its own.
        """
        with ExitStack() as stack:
            handles: list[int] = []

            def read(chunk: int, memory: memoryview) -> None:
                if not handles:
                    handles.extend(self._open(stack))
                self._read(handles, chunk, memory)

            yield read
            if handles:
                self._refuse_change(handles)

    def _open(self, stack: ExitStack) -> list[int]:
        self._look()
        handles = [stack.enter_context(_opened(path)) for path in self.stored.files]
        self._refuse_change(handles)
        return handles

    def _look(self) -> None:
        seen = tuple(_fingerprint(path) for path in self.stored.files)
        if seen == self._fingerprints:
            return
        self.stored.check()
        self._ranges = _ranges(self._located(), self.wanted.layout)
        self._fingerprints = seen

    def _located(self) -> dict[str, tuple[int, StoredTensor]]:
        """First name of each tensor -> its file and where it lies there."""
        stored_as = self.stored.stored_names
        own_names = {stored: name for name, stored in stored_as.items()}
        found: dict[str, tuple[int, StoredTensor]] = {}
        for index, path in enumerate(self.stored.files):
            tensors = read_tensor_file(path).tensors
            found |= {own_names.get(name, name): (index, tensor) for name, tensor in tensors.items()}
        self.wanted.refuse_others(found.keys())
        located = {}
        for place in self.wanted.layout.places():
            file, tensor = next(found[name] for name in place.spec.names if name in found)
            self.wanted.refuse_other_form(place.spec, tensor.dtype, tensor.shape)
            located[place.spec.name] = (file, tensor)
        return located

    def _refuse_change(self, handles: Sequence[int]) -> None:
        for path, handle, seen in zip(self.stored.files, handles, self._fingerprints, strict=True):
            if Fingerprint.of(handle) != seen:
                raise CheckpointError(f"'{path}' changed while it was read. Wait until it is written, then try again.")

    def _read(self, handles: Sequence[int], chunk: int, memory: memoryview) -> None:
        _in_parallel([partial(self._read_range, handles[each.file], each, memory) for each in self._ranges[chunk]])
        self.accept(chunk, memory)

    def _read_range(self, handle: int, wanted: _Range, memory: memoryview) -> None:
        buffers = [memory[begin:end] for begin, end in wanted.targets]
        offset, left = wanted.offset, wanted.nbytes
        path = self.stored.files[wanted.file]
        while left:
            try:
                got = os.preadv(handle, buffers, offset)
            except OSError as error:
                raise unreadable(path, error) from error
            if not got:
                raise CheckpointError(f"'{path}' ends at byte {offset}, {left} too early. Restore the file.")
            offset, left = offset + got, left - got
            buffers = _after(buffers, got) if left else []


def _ranges(located: Mapping[str, tuple[int, StoredTensor]], layout: Layout) -> dict[int, tuple[_Range, ...]]:
    """Chunk -> what to read for it: neighbours in file and chunk at once, in the file's order, in slices."""
    return {
        chunk: tuple(_sliced(_joined([(*located[place.spec.name], place) for place in places if place.spec.nbytes])))
        for chunk, places in enumerate(layout.chunks)
    }


def _joined(pieces: Sequence[tuple[int, StoredTensor, Place]]) -> Iterator[_Range]:
    """One range for what follows without a gap in the file, or with the same small gap in both."""
    targets: list[tuple[int, int]] = []
    file = start = end = -1
    for index, tensor, place in sorted(pieces, key=lambda piece: (piece[0], piece[1].offset)):
        gap = tensor.offset - end
        if targets and index == file and place.offset - targets[-1][1] == gap and 0 <= gap < ALIGNMENT:
            targets[-1] = (targets[-1][0], place.end)  # what lies between tensors is nobody's
        elif targets and index == file and gap == 0:
            targets.append((place.offset, place.end))
        else:
            if targets:
                yield _Range(file, start, tuple(targets))
            targets, file, start = [(place.offset, place.end)], index, tensor.offset
        end = tensor.offset + tensor.nbytes
    if targets:
        yield _Range(file, start, tuple(targets))


def _sliced(ranges: Iterator[_Range]) -> Iterator[_Range]:
    """Ranges of at most SLICE_BYTES, into at most MOST_BUFFERS places."""
    for whole in ranges:
        offset, targets, size = whole.offset, list[tuple[int, int]](), 0
        for begin, end in whole.targets:
            while begin < end:
                step = min(end - begin, SLICE_BYTES - size)
                targets.append((begin, begin + step))
                begin, size = begin + step, size + step
                if size == SLICE_BYTES or len(targets) == MOST_BUFFERS:
                    yield _Range(whole.file, offset, tuple(targets))
                    offset, targets, size = offset + size, [], 0
        if targets:
            yield _Range(whole.file, offset, tuple(targets))


def _in_parallel(tasks: Sequence[Callable[[], None]]) -> None:
    """Do all, in a few threads where there are several. Raises the first error, when all threads have ended."""
    waiting, errors, lock = iter(tasks), list[BaseException](), threading.Lock()
    ended: SimpleQueue[None] = SimpleQueue()

    def work() -> None:
        try:
            while not errors and (task := _next(waiting, lock)):
                task()
        except BaseException as error:  # told below, in the thread that asked
            errors.append(error)
        ended.put(None)

    helpers = min(THREADS, len(tasks)) - 1
    for _ in range(helpers):
        _thread.start_new_thread(work, ())  # a Thread would make us wait until it runs: too long for one chunk
    work()
    for _ in range(helpers + 1):
        ended.get()
    if errors:
        raise errors[0]


def _next(tasks: Iterator[Callable[[], None]], lock: threading.Lock) -> Callable[[], None] | None:
    with lock:
        return next(tasks, None)


def _after(buffers: Sequence[memoryview], done: int) -> list[memoryview]:
    """What is left of buffers after `done` bytes."""
    left = []
    for buffer in buffers:
        left.append(buffer[done:])
        done = max(0, done - len(buffer))
    return [buffer for buffer in left if len(buffer)]


def _fingerprint(path: Path) -> Fingerprint:
    try:
        return Fingerprint.of(path)
    except OSError as error:
        raise unreadable(path, error) from error


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        yield handle
    finally:
        os.close(handle)
