"""A batch: many requests through one engine, one whole JSON line out for each, in order."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from redheart.entrypoints.requests import Line
from redheart.entrypoints.resume import Kept, refuse_other_checkpoint
from redheart.types.messages import Failure, TaskMessage

if TYPE_CHECKING:
    from redheart.types.result import InferResult


#: Refused lines that may wait behind one task before the tasks under way are brought home.
REFUSED_AHEAD = 64


class Sink(Protocol):
    """Where lines go."""

    def write(self, content: bytes, /) -> int:
        """One line, or several."""
        ...

    def flush(self) -> None:
        """Show it to readers."""
        ...


class Answerer(Protocol):
    """What answers many tasks: one item a task, in order."""

    def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncGenerator[InferResult | Failure]:
        """Answer tasks; the next ones are under way while one is read."""
        ...


@dataclass
class BatchWriter:
    """Writes one whole line an answer to `sink`, flushed; counts what it wrote beside what was kept."""

    sink: Sink
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
    async with aclosing(answered(engine, lines)) as outcomes:
        async for line, outcome in outcomes:
            writer.write(line, outcome)


async def answered(engine: Answerer, lines: Iterable[Line]) -> AsyncGenerator[tuple[Line, InferResult | Failure]]:
    """Every line with its outcome, in order. Raises RuntimeError if the engine answers fewer tasks than it took."""
    turns = _Turns(iter(lines))
    while not turns.ended:
        await asyncio.sleep(0)  # a file of nothing but refused lines must not keep Ctrl-C waiting
        async with aclosing(engine.infer_many(turns.tasks())) as outcomes:
            async for outcome in outcomes:
                yield turns.next_task(), outcome
                for line, failure in turns.refused():
                    yield line, failure
        for line, failure in turns.refused():
            yield line, failure
        if turns.waiting:
            raise RuntimeError(f"input line {turns.waiting[0].number} was taken and never answered")


@dataclass
class _Turns:
    """The lines taken and not yet written, in order: tasks under way, and refused lines that wait behind them."""

    lines: Iterator[Line]
    waiting: deque[Line] = field(default_factory=deque)
    ended: bool = False

    def tasks(self) -> Iterator[TaskMessage]:
        """The next tasks, until a refused line can be written at once, or too many of them wait behind one task."""
        behind = 0
        for line in self.lines:
            self.waiting.append(line)
            if isinstance(line.content, TaskMessage):
                behind = 0
                yield line.content
            elif (behind := behind + 1) == REFUSED_AHEAD or isinstance(self.waiting[0].content, Failure):
                return
        self.ended = True

    def next_task(self) -> Line:
        """The task whose turn it is."""
        return self.waiting.popleft()

    def refused(self) -> Iterator[tuple[Line, Failure]]:
        """The refused lines whose turn it is."""
        while self.waiting and isinstance(self.waiting[0].content, Failure):
            line = self.waiting.popleft()
            assert isinstance(line.content, Failure)
            yield line, line.content


def answer_line(number: int, outcome: InferResult | Failure) -> str:
    """One JSON line: the result, or {"line", "failure"}."""
    if isinstance(outcome, Failure):
        return json.dumps({"line": number, "failure": outcome.model_dump()}, ensure_ascii=False) + "\n"
    return outcome.model_dump_json() + "\n"
