"""Lines of a JSON Lines file -> requests; a line that cannot be one becomes a Failure, the others go on."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from redheart.config.schema import InputSection
from redheart.entrypoints.source import checked_text, decoded
from redheart.errors import InputError
from redheart.types.messages import Failure, TaskMessage
from redheart.types.situation import Language

#: JSON may write one character in twelve bytes (a surrogate pair); other fields of a line get the rest.
_BYTES_A_CHARACTER, _OTHER_FIELDS = 12, 1 << 20
_BLOCK = 1 << 20  # bytes read at once
#: Keys this near to one of ours are taken for misspelt; all other unknown keys are the user's own.
_MISSPELT = 0.75


class Request(BaseModel):
    """One line of a batch. Unknown keys are kept aside, not read."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    text: str
    language: Literal["auto", "ko", "en"] | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line that asks something: its number in the file, from 1, and the request or why it is none."""

    number: int
    content: TaskMessage | Failure


def read_lines(path: Path, limits: InputSection, language: Language | Literal["auto"]) -> Iterator[Line]:
    """The lines of a file in order, one at a time; blank ones are passed over but counted.

    `language` is for lines that name none. Raises InputError if the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            for number, content in enumerate(_bounded_lines(stream, limits), start=1):
                if content is None or content.strip():
                    yield Line(number, _request(content, limits, language))
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check the path.") from error


def count_lines(path: Path) -> int:
    """How many lines of a file are not blank."""
    count, filled = 0, False
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):  # not by lines: one line may be the whole file
            begun, *lines = block.split(b"\n")
            filled = filled or bool(begun.strip())
            for line in lines:
                count += filled
                filled = bool(line.strip())
    return count + filled


def _bounded_lines(stream: BinaryIO, limits: InputSection) -> Iterator[bytes | None]:
    """Each line, or None for one too long to hold: a broken file may be one line of gigabytes."""
    most = _BYTES_A_CHARACTER * limits.max_characters + _OTHER_FIELDS
    while line := stream.readline(most):
        whole = line.endswith(b"\n") or len(line) < most
        while not (line.endswith(b"\n") or len(line) < most):
            line = stream.readline(most)
        yield line if whole else None


def _request(
    content: bytes | None, limits: InputSection, language: Language | Literal["auto"]
) -> TaskMessage | Failure:
    try:
        request = _parsed(content, limits)
        return _task(request, limits, language)
    except InputError as error:
        return Failure(phase="input", kind="InputError", reason=str(error), exit_code=error.exit_code)


def _parsed(content: bytes | None, limits: InputSection) -> Request:
    if content is None:
        raise InputError(f"the line is far longer than a text may be ({limits.max_characters:,} characters). Split it.")
    try:
        request = Request.model_validate_json(decoded(content, "the line"))
    except ValidationError as error:
        raise InputError(_refusal(error)) from error
    _refuse_misspelt(request)
    return request


def _task(request: Request, limits: InputSection, language: Language | Literal["auto"]) -> TaskMessage:
    text = checked_text(request.text, limits.max_characters, "the text")
    options = checked_options(request.options, limits)
    return TaskMessage(text=text, language=request.language or language, options=options)


def checked_options(options: tuple[str, ...], limits: InputSection) -> tuple[str, ...]:
    """The options as given. Raises InputError for too many, or for one that is empty, too long or broken."""
    if len(options) > limits.max_options:
        raise InputError(f"{len(options)} options were given, '{limits.max_options}' are the most. Leave some out.")
    return tuple(checked_text(option, limits.max_characters, f"option {i}") for i, option in enumerate(options, 1))


def _refusal(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"the line is not JSON: {first['ctx']['error']}. Write one JSON object a line."
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f'the line has no \'{place}\'. Write {{"text": "..."}}.'
    field = f"'{place}': " if place else ""
    return f'{field}{first["msg"]} (got \'{str(first["input"])[:40]}\'). Write {{"text": "..."}}.'


def _refuse_misspelt(request: Request) -> None:
    for key in request.model_extra or {}:
        if near := get_close_matches(key.lower(), Request.model_fields, 1, _MISSPELT):
            raise InputError(f"unknown key '{key}'. Did you mean '{near[0]}'?")
