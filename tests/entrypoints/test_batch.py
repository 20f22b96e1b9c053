"""Lines in, answers out: what is written when, how much is held meanwhile."""

import io
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from redheart.config.schema import InputSection
from redheart.entrypoints.batch import REFUSED_AHEAD, BatchWriter, answered, run_batch
from redheart.entrypoints.requests import Line, count_lines, read_lines
from redheart.types.messages import Failure, TaskMessage

REFUSED = Failure(phase="input", kind="InputError", reason="not JSON", exit_code=2)


class Refusing:
    """Fails every task, three ahead."""

    async def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncIterator[Failure]:
        waiting: list[TaskMessage] = []
        for task in tasks:
            waiting.append(task)
            if len(waiting) > 3:
                yield Failure(phase="red_heart", kind="PhaseError", reason=waiting.pop(0).text)
        for task in waiting:
            yield Failure(phase="red_heart", kind="PhaseError", reason=task.text)


def told(kinds: str, log: list[str]) -> Iterator[Line]:
    """A line a letter: t is a task, r is refused. The log hears when each is read."""
    for number, kind in enumerate(kinds, 1):
        log.append(f"read {number}")
        yield Line(number, TaskMessage(str(number)) if kind == "t" else REFUSED)


async def test_a_refused_line_is_written_before_the_next_one_is_read() -> None:
    log: list[str] = []
    writer = BatchWriter(io.BytesIO(), "out", on_line=lambda done: log.append(f"wrote {done}"))
    await run_batch(Refusing(), told("rrr", log), writer)
    assert log == ["read 1", "wrote 1", "read 2", "wrote 2", "read 3", "wrote 3"]


@pytest.mark.parametrize("kinds", ["", "r", "t", "rt", "tr", "trrt", "rttttttrr", "t" + "r" * 200 + "t", "tttr" * 50])
async def test_outcomes_come_in_the_order_of_the_lines(kinds: str) -> None:
    outcomes = [(line.number, outcome.kind) async for line, outcome in answered(Refusing(), told(kinds, []))]
    expected = ["PhaseError" if kind == "t" else "InputError" for kind in kinds]
    assert outcomes == list(enumerate(expected, 1))


async def test_refused_lines_behind_a_task_are_not_gathered_without_end() -> None:
    log: list[str] = []
    async for line, _ in answered(Refusing(), told("t" + "r" * 1000, log)):
        assert len(log) - line.number <= REFUSED_AHEAD


@pytest.mark.parametrize("content", [b"", b"a", b"a\n", b"\n \n\t\n", b"a\n\nb", b" " * 3_000_000 + b"a\n b \n \n"])
def test_lines_are_counted_by_blocks_as_they_are_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(content)
    assert count_lines(path) == sum(1 for line in content.split(b"\n") if line.strip())


def test_a_line_larger_than_memory_is_counted_and_refused_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"x" * 4_000_000 + b'\n{"text": "after"}\n')
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *mode: Sparing(opened(self, *mode)))
    broken, after = read_lines(path, InputSection(), "auto")
    assert count_lines(path) == 2
    assert isinstance(broken.content, Failure) and "far longer than a text may be" in broken.content.reason
    assert isinstance(after.content, TaskMessage)


class Sparing:
    """A file that gives no more than two MB at once."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> "Sparing":
        return self

    def __exit__(self, *error: object) -> None:
        self.stream.close()

    def read(self, size: int) -> bytes:
        assert size <= 2_000_000
        return self.stream.read(size)

    def readline(self, size: int) -> bytes:
        assert size <= 2_000_000
        return self.stream.readline(size)
