"""What is wrong with a data file, said in one sentence: never with a word of its texts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from redheart.errors import InputError

NAMED: Final = 3  # faults told in full; the rest are counted
_LONGEST_VALUE: Final = 40
#: Fields that hold what people wrote: their values are never shown.
_TEXTS: Final = frozenset({"text", "text_b", "choices", "title", "action", "meta", "metadata"})
#: In this order: a truth value is a number too.
_CALLED: Final[dict[type, str]] = {
    bool: "a truth value",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class Unfit(Exception):
    """One row or record that cannot be used. Raised and caught within this package only."""

    def __init__(self, message: str, field: str = "") -> None:
        """`message` names the value in quotes, then the mend; `field` is dotted, empty for the row as a whole."""
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(slots=True)
class Faults:
    """The faults of one file, in the order of its lines."""

    path: Path
    first: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, message: str, where: str = "") -> None:
        """One more fault; lines count from 1."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(f"line {line}{f', field {where!r}' if where else ''}: {message}")

    def fatal(self, line: int, message: str) -> NoReturn:
        """One more fault, after which nothing more can be read. Raises InputError with all of them."""
        self.add(line, message)
        raise self.error()

    def damaged(self, line: int, message: str) -> NoReturn:
        """The file itself is damaged: raises InputError with this alone, for other faults may all come of it."""
        raise InputError(f"data file '{self.path}', line {line}: {message}")

    def refuse_any(self) -> None:
        """Raises InputError if there is any."""
        if self.count:
            raise self.error()

    def error(self) -> InputError:
        """All faults as one sentence each, three of them in full."""
        rest = self.count - len(self.first)
        more = f" And {rest} more like these." if rest else ""
        return InputError(f"data file '{self.path}', {' Also '.join(self.first)}{more}")


def shown(where: str, value: Any) -> str:
    """A refused value in quotes, as JSON writes it, shortened; of a text only what it is."""
    if where.split(".")[0] in _TEXTS:
        counted = f" of {len(value)} character{'' if len(value) == 1 else 's'}" if isinstance(value, str) else ""
        return called(value) + counted
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return f"'{text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + '…'}'"


def called(value: Any) -> str:
    """What a JSON value is, in the words of those who write JSON by hand."""
    return next((word for kind, word in _CALLED.items() if isinstance(value, kind)), "a value")
