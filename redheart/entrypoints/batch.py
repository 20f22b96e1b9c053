"""A batch: many requests through one engine, one whole JSON line out for each, in order."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from redheart.entrypoints.requests import Line
from redheart.entrypoints.resume import Kept, refuse_other_checkpoint
from redheart.types.messages import Failure, TaskMessage

if TYPE_CHECKING:
    from redheart.types.result import InferResult


class Answerer(Protocol):
    """What answers many tasks: one item a task, in order."""

    def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncIterator[InferResult | Failure]:
        """Answer tasks; the next ones are under way while one is read."""
        ...


@dataclass
class BatchWriter:
    """Writes one whole line an answer to `sink`, flushed; counts what it wrote beside what was kept."""

    sink: BinaryIO
    name: str
    kept: Kept = field(default_factory=Kept)
    on_line: Callable[[int], None] = lambda done: None
    written: int = 0
    failed_now: int = 0

    @property
    def done(self) -> int:
        """Lines that are in the output, earlier runs' included."""
        return self.kept.lines + self.written

    @property
    def failed(self) -> int:
        """Failures that are in the output, earlier runs' included."""
        return self.kept.failed + self.failed_now

    def write(self, line: Line, outcome: InferResult | Failure) -> None:
        """Write one answer. Raises InputError before mixing two checkpoints in one file."""
        if not isinstance(outcome, Failure):
            refuse_other_checkpoint(self.kept.checkpoint, outcome.provenance.checkpoint_hash, self.name)
        self.sink.write(answer_line(line.number, outcome).encode("utf-8"))
        self.sink.flush()
        self.written += 1
        self.failed_now += isinstance(outcome, Failure)
        self.on_line(self.done)


async def run_batch(engine: Answerer, lines: Iterable[Line], writer: BatchWriter) -> None:
    """Answer every line and write it as soon as it and all before it are done."""
    async for line, outcome in answered(engine, lines):
        writer.write(line, outcome)


async def answered(engine: Answerer, lines: Iterable[Line]) -> AsyncIterator[tuple[Line, InferResult | Failure]]:
    """Every line with its outcome, in order. Raises RuntimeError if the engine answers fewer tasks than it took."""
    waiting: deque[Line] = deque()
    async for outcome in engine.infer_many(_tasks(lines, waiting)):
        for line, failure in _refused(waiting):
            yield line, failure
        yield waiting.popleft(), outcome
    for line, failure in _refused(waiting):
        yield line, failure
    if waiting:
        raise RuntimeError(f"input line {waiting[0].number} was taken and never answered")


def answer_line(number: int, outcome: InferResult | Failure) -> str:
    """One JSON line: the result, or {"line", "failure"}."""
    if isinstance(outcome, Failure):
        return json.dumps({"line": number, "failure": outcome.model_dump()}, ensure_ascii=False) + "\n"
    return outcome.model_dump_json() + "\n"


def _tasks(lines: Iterable[Line], waiting: deque[Line]) -> Iterator[TaskMessage]:
    """The tasks among the lines; every line taken is noted in `waiting`, so that its turn is kept."""
    for line in lines:
        waiting.append(line)
        if isinstance(line.content, TaskMessage):
            yield line.content


def _refused(waiting: deque[Line]) -> Iterator[tuple[Line, Failure]]:
    """The refused lines at the head of the queue."""
    while waiting and isinstance(waiting[0].content, Failure):
        line = waiting.popleft()
        assert isinstance(line.content, Failure)
        yield line, line.content
