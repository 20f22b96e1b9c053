"""What an earlier run of the same batch left in its output, and whether it can be gone on with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from redheart.entrypoints.requests import Line
from redheart.errors import InputError
from redheart.types.messages import Failure

_MEND = "Choose another --out, or remove that file."


@dataclass(frozen=True, slots=True)
class Kept:
    """Whole lines of an earlier run: how many, how many of them failures, where they end, which checkpoint answered."""

    lines: int = 0
    failed: int = 0
    end: int = 0  # bytes
    checkpoint: str | None = None


def kept_lines(out: Path, asked: Iterator[Line]) -> Kept:
    """Check the lines of `out` against the lines asked, taking as many from `asked` as `out` has whole ones.

    A partial last line is not counted. Raises InputError if `out` answers something else.
    """
    if not out.is_file():  # nothing yet, or a pipe, which keeps nothing
        return Kept()
    kept = Kept()
    with out.open("rb") as stream:
        for answer, end in _whole_lines(stream, out):
            line = next(asked, None)
            if line is None:
                raise InputError(f"'{out}' has more lines than the input asks for. {_MEND}")
            kept = _with(kept, answer, end, _checkpoint(answer, line, kept, out))
    return kept


def refuse_other_checkpoint(before: str | None, now: str, out: str) -> None:
    """Raises InputError if the lines of one output would come from two checkpoints."""
    if before is not None and before != now:
        raise InputError(f"'{out}' was begun with checkpoint '{before[:12]}', this one is '{now[:12]}'. {_MEND}")


def _whole_lines(stream: BinaryIO, out: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Each line as an object with the offset of its end, without a last line that was cut short."""
    end, number = 0, 0
    while (content := stream.readline()).endswith(b"\n"):
        number += 1
        end += len(content)
        answer = _object(content)
        if answer is None and stream.read(1):
            raise InputError(f"line {number} of '{out}' is not a JSON object. {_MEND}")
        if answer is None:
            return
        yield answer, end


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _checkpoint(answer: dict[str, Any], line: Line, kept: Kept, out: Path) -> str | None:
    """The checkpoint behind an answer to that line, None for a failure. Raises InputError if it answers another."""
    if "failure" in answer:
        refused_input = answer["failure"].get("phase") == "input"
        if answer.get("line") != line.number or refused_input != isinstance(line.content, Failure):
            raise InputError(f"line {kept.lines + 1} of '{out}' is no answer to input line {line.number}. {_MEND}")
        return None
    if isinstance(line.content, Failure) or answer.get("text") != line.content.text:
        raise InputError(f"line {kept.lines + 1} of '{out}' is no answer to input line {line.number}. {_MEND}")
    checkpoint = str(answer.get("provenance", {}).get("checkpoint_hash"))
    refuse_other_checkpoint(kept.checkpoint, checkpoint, str(out))
    return checkpoint


def _with(kept: Kept, answer: dict[str, Any], end: int, checkpoint: str | None) -> Kept:
    return Kept(
        lines=kept.lines + 1,
        failed=kept.failed + ("failure" in answer),
        end=end,
        checkpoint=checkpoint or kept.checkpoint,
    )
