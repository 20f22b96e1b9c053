"""What an earlier run of the same batch left in its output, and whether it can be gone on with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from redheart.config.schema import Settings
from redheart.entrypoints.requests import Line
from redheart.errors import InputError
from redheart.types.messages import Failure, TaskMessage

_MEND = "Choose another --out, or remove that file."
_LONGEST = 64 << 20  # bytes: no answer is longer


@dataclass(frozen=True, slots=True)
class Kept:
    """Whole lines of an earlier run that need no second answer: results, and failures that the input is to blame for.

    `again` are the places, from 0, of the whole lines that are answered again; `end` is where the last whole line ends.
    """

    lines: int = 0
    failed: int = 0
    end: int = 0  # bytes
    checkpoint: str | None = None
    again: frozenset[int] = frozenset()

    @property
    def whole(self) -> int:
        """Whole lines in the output."""
        return self.lines + len(self.again)


def kept_lines(out: Path, asked: Iterator[Line], settings: Settings) -> Kept:
    """Check the lines of `out` against the lines asked, taking as many from `asked` as `out` has whole ones.

    A partial last line is not counted. Raises InputError if `out` answers something else, or was asked otherwise.
    """
    if not out.is_file():  # nothing yet, or a pipe, which keeps nothing
        return Kept()
    kept, again = Kept(), set()
    with out.open("rb") as stream:
        for place, (answer, end) in enumerate(_whole_lines(stream, out)):
            line = next(asked, None)
            if line is None:
                raise InputError(f"'{out}' has more lines than the input asks for. {_MEND}")
            kept = replace(kept, end=end)
            if "failure" not in answer:
                kept = _with_result(kept, answer, line, place, settings, out)
            elif _stays_refused(answer, line, place, settings, out):
                kept = replace(kept, lines=kept.lines + 1, failed=kept.failed + 1)
            else:
                again.add(place)
    return replace(kept, again=frozenset(again))


def refuse_other_checkpoint(before: str | None, now: str, out: str) -> None:
    """Raises InputError if the lines of one output would come from two checkpoints."""
    if before is not None and before != now:
        raise InputError(f"'{out}' was begun with checkpoint '{before[:12]}', this one is '{now[:12]}'. {_MEND}")


def _whole_lines(stream: BinaryIO, out: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Each line as an object with the offset of its end, without a last line that was cut short."""
    end, number = 0, 0
    while (content := stream.readline(_LONGEST)).endswith(b"\n"):
        number += 1
        end += len(content)
        answer = _object(content)
        if answer is None and stream.read(1):
            raise InputError(f"line {number} of '{out}' is not a JSON object. {_MEND}")
        if answer is None:
            return
        yield answer, end
    if len(content) == _LONGEST:
        raise InputError(f"line {number + 1} of '{out}' is longer than '{_LONGEST:,}' bytes, so no answer. {_MEND}")


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _with_result(kept: Kept, answer: dict[str, Any], line: Line, place: int, settings: Settings, out: Path) -> Kept:
    """One more kept line. Raises InputError if it answers another line, or was asked otherwise."""
    task = line.content
    if isinstance(task, Failure) or answer.get("text") != task.text:
        raise _other_line(place, line, out)
    for what, before, now in _differences(answer, task, settings):
        if before != now:
            raise InputError(f"line {place + 1} of '{out}' was answered with {what} '{before}', not '{now}'. {_MEND}")
    checkpoint = str(answer.get("provenance", {}).get("checkpoint_hash"))
    refuse_other_checkpoint(kept.checkpoint, checkpoint, str(out))
    return replace(kept, lines=kept.lines + 1, checkpoint=checkpoint)


def _differences(answer: dict[str, Any], task: TaskMessage, settings: Settings) -> Iterator[tuple[str, object, object]]:
    """What a result depends on beside text and checkpoint: its name, as it was, as it is asked for now."""
    given = [option["text"] for option in answer.get("options", ()) if option.get("origin") == "user"]
    yield "options", given, list(task.options)
    yield "--llm", answer.get("llm", {}).get("backend"), settings.llm.backend
    yield "encoder.precision", answer.get("provenance", {}).get("precision"), settings.encoder.precision
    yield "--language", answer.get("language"), _language(task)


def _language(task: TaskMessage) -> str:
    """What the result's language will be."""
    from redheart.situation.language import detect_language

    if task.language != "auto":
        return task.language
    try:
        return detect_language(task.text)[0]
    except InputError:  # it was answered, so its language was named then
        return "auto"


def _stays_refused(answer: dict[str, Any], line: Line, place: int, settings: Settings, out: Path) -> bool:
    """True if the same input would fail in the same way. Raises InputError if it is another line's failure."""
    if answer.get("line") != line.number:
        raise _other_line(place, line, out)
    before = answer["failure"]
    if not isinstance(before, dict) or before.get("kind") != InputError.__name__:
        return False
    now = line.content.reason if isinstance(line.content, Failure) else _refusal(line.content, settings)
    return bool(before.get("reason") == now)


def _refusal(task: TaskMessage, settings: Settings) -> str | None:
    """Why the rules refuse the text, None if they do not."""
    from redheart.situation.parse import check_length, parse_situation

    try:
        check_length(task.text, settings.input.max_characters)
        parse_situation(task.text, task.language, task.options, settings.input.max_options)
    except InputError as error:
        return str(error)
    return None


def _other_line(place: int, line: Line, out: Path) -> InputError:
    return InputError(f"line {place + 1} of '{out}' is no answer to input line {line.number}. {_MEND}")
