"""What is wrong with a data file, said in one sentence: never with a word of its texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from redheart.errors import InputError

NAMED: Final = 3  # faults told in full; the rest are counted
_LONGEST_VALUE: Final = 40
#: Fields that hold what people wrote: their values are never shown.
_TEXTS: Final = frozenset({"text", "text_b", "choices", "title", "action", "meta", "metadata"})


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
    """A refused value in quotes, shortened; of a text only what it is."""
    if where.split(".")[0] in _TEXTS:
        return f"a {type(value).__name__}" + (f" of {len(value)} characters" if isinstance(value, str) else "")
    text = " ".join(str(value).split())
    return f"'{text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + '…'}'"
