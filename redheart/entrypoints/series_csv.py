"""A CSV of numbers: columns are variables, rows are samples, with or without a line of names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from redheart.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHOWN: Final = 40  # characters of a refused field
_LONGEST: Final = 1 << 20  # characters of the first line: what has no line breaks is not read whole


def read_csv(path: Path) -> tuple[NDArray[np.float64], tuple[str, ...] | None]:
    """Values (variables, samples) and the names of the first line, None where that is numbers already.

    The file is read once, line by line, into 8 bytes a value; only a refused one is read again, to name the place.
    Raises InputError for what is no such table: the line, the column and the value.
    """
    names = _names(path)
    skipped = 0 if names is None else 1
    try:
        values = _parsed(path, skipped)
    except ValueError as error:
        raise InputError(_complaint(path, skipped, str(error))) from error
    if names is not None and values.shape[0] != len(names):
        raise InputError(
            f"'{path}', line 1 names {len(names)} columns, but line 2 has '{values.shape[0]}'. Make them agree."
        )
    return values, names


def _parsed(path: Path, skipped: int) -> NDArray[np.float64]:
    import numpy as np

    with _opened(path) as stream:
        for _ in range(skipped):
            stream.readline()
        lines = _filled(stream, path, skipped + 1)
        first = next(lines, None)
        if first is None:
            raise InputError(f"'{path}' has names in line 1 and no samples after it. Add rows of numbers.")
        found = np.loadtxt(chain((first,), lines), delimiter=",", comments=None, quotechar='"', ndmin=2)
    return np.ascontiguousarray(found.T)  # (samples, variables) -> (variables, samples)


def _names(path: Path) -> tuple[str, ...] | None:
    """The first line's fields if none of them is a number. Raises InputError if one is missing, or two are alike."""
    with _opened(path) as stream:
        line = stream.readline(_LONGEST)
    if "\0" in line or len(line) == _LONGEST:
        wrong = "a NUL byte" if "\0" in line else f"'{_LONGEST:,}' characters or more"
        raise InputError(f"'{path}', line 1 has {wrong}: a binary file? Save it as text, separated by commas.")
    names = [field.strip() for field in _fields(line, path, 1)]
    if not any(names):
        raise InputError(f"'{path}', line 1 is blank ('{line.strip()}'). Begin with names or numbers.")
    if any(map(_is_number, names)):
        return None
    names[0] = names[0].lstrip("# ")  # numpy.savetxt writes its header so
    for column, name in enumerate(names, 1):
        if not name:
            raise InputError(f"'{path}', line 1, column {column} has no name (''). Name every column, or none.")
        if name in names[: column - 1]:
            raise InputError(f"'{path}', line 1 names two columns '{name}'. Give each a name of its own.")
    return tuple(names)


def _filled(stream: TextIO, path: Path, first: int) -> Iterator[str]:
    """The lines up to the last that is not blank: a blank one between two samples would shift all lags after it."""
    blank = 0
    for number, line in enumerate(stream, first):
        if not line.strip():
            blank = blank or number
        elif blank:
            raise InputError(f"'{path}', line {blank} is blank ('') between samples. Fill it, or delete the line.")
        elif "\0" in line:
            raise InputError(f"'{path}', line {number} has a NUL byte: a binary file. Save it as text.")
        else:
            yield line


def _complaint(path: Path, skipped: int, otherwise: str) -> str:
    """Where the first wrong field stands; what the parser said of it where Python's own float would take it."""
    columns = 0
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            fields = _fields(line, path, number)
            if number <= skipped or not fields:
                continue
            columns = columns or len(fields)
            for column, field in enumerate(fields, 1):
                if not _is_number(field):
                    return f"'{path}', line {number}, column {column}: {_refused(field, number)}"
            if len(fields) != columns:
                return f"'{path}', line {number} has '{len(fields)}' columns, the lines before it {columns}. Mend it."
    return f"'{path}' cannot be read as numbers: {otherwise}. Write plain decimals, separated by commas."


def _fields(line: str, path: Path, number: int) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error as error:
        raise InputError(f"'{path}', line {number} is no CSV ({error}). Separate plain numbers by commas.") from error


def _refused(field: str, line: int) -> str:
    shown = field.strip()[:_SHOWN]
    if not shown:
        return "'' is no number: a value is missing. Fill it, or leave the sample's line out."
    if ";" in field or "\t" in field:
        return f"'{shown}' is no number. Separate the columns by commas, and write decimals with a point."
    header = " If line 1 holds names, none of them may be a number." if line == 1 else ""
    return f"'{shown}' is no number. Write plain decimals.{header}"


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field and field.isascii()


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """UTF-8, a BOM dropped. Raises InputError for what the system or the encoding refuses."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except UnicodeDecodeError as error:
        bad = error.object[error.start]
        raise InputError(
            f"'{path}' is no text in UTF-8 (byte '0x{bad:02x}'). Save it as UTF-8, separated by commas."
        ) from error
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check its permissions.") from error
