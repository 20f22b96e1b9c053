"""A data file -> its JSON objects with their line numbers: one a line, or a JSON array. The file streams."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from redheart.training.corpus.faults import Faults, called, shown
from redheart.training.corpus.opened import EXPECTED, CutShort, next_bytes, opened

LONGEST: Final = 1 << 20  # bytes of a line, characters of an object in an array
_CHUNK: Final = 1 << 16
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class _NotFinite(Exception):
    """NaN or Infinity stands where JSON has a number."""


class _Twice(Exception):
    """A field stands twice in one object: a JSON library would keep the last, and lose the other."""


def _refuse_constant(literal: str) -> NoReturn:
    raise _NotFinite(f"'{literal}' is no JSON number. Leave the field out where nobody said.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"field {shown('', twice)} stands '{names.count(twice)}' times in one object. Keep one of them.")
    return found


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_once)


def objects_of(path: Path, faults: Faults) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) in order; what cannot be parsed is added to `faults` and passed over where the next line is whole.

    Raises InputError where nothing more can be read: an empty or binary file, one cut short, a broken array.
    """
    with opened(path) as stream:
        lines = _Lines(stream, faults)
        first = lines.first()
        if first.lstrip().startswith(b"["):
            yield from _Array(first, lines, faults).objects()
        else:
            yield from _line_objects(first, lines, faults)


class _Lines:
    """Pieces of a file, each of one line at most, with the line number of the one last read."""

    def __init__(self, stream: IO[bytes], faults: Faults) -> None:
        self.stream, self.faults, self.number, self._line_is_over = stream, faults, 0, True

    def next(self, at_most: int) -> bytes:
        """The next piece of at most so many bytes, ending with its line; empty at the end of the file."""
        self.number += self._line_is_over
        try:
            piece = next_bytes(self.stream, at_most)
        except CutShort as error:
            self.faults.damaged(self.number, str(error))
        self._line_is_over = piece.endswith(b"\n")
        return piece

    def first(self) -> bytes:
        """The first piece that is not blank, without a byte order mark."""
        while piece := self.next(LONGEST + 1):
            piece = piece.removeprefix(codecs.BOM_UTF8) if self.number == 1 else piece
            if piece.strip():
                return piece
        self.faults.fatal(1, f"the file holds nothing but white space. {EXPECTED}")

    def pass_over(self) -> None:
        """Drop the rest of a line that is too long."""
        while not self._line_is_over and self.next(_CHUNK):
            pass


def _line_objects(first: bytes, lines: _Lines, faults: Faults) -> Iterator[tuple[int, dict[str, Any]]]:
    piece = first
    while piece:
        if len(piece) > LONGEST:
            faults.add(lines.number, f"the line is longer than '{LONGEST:,}' bytes. Cut its text, or split the row.")
            lines.pass_over()
        elif piece.strip():
            found = _parsed(piece, lines.number, faults)
            if found is not None:
                yield lines.number, found
        piece = lines.next(LONGEST + 1)


def _parsed(piece: bytes, line: int, faults: Faults) -> dict[str, Any] | None:
    """The object on a line, or None with a fault added. Without a word of the line, which may offend."""
    try:
        found = _DECODER.decode(piece.decode("utf-8"))
    except UnicodeDecodeError as error:
        faults.add(line, f"byte '0x{piece[error.start]:02x}' at {error.start} is no UTF-8. Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        faults.add(line, f"no whole JSON object: {error.msg} at character '{error.pos + 1}'. Write one object a line.")
    except (_NotFinite, _Twice) as error:
        faults.add(line, str(error))
    except (RecursionError, ValueError) as error:
        faults.add(line, _unreadable(error))
    else:
        if isinstance(found, dict):
            return found
        faults.add(line, f"{called(found)} stands where an object should. Write one JSON object a line.")
    return None


def _unreadable(error: RecursionError | ValueError) -> str:
    """Both of JSON that is right by its grammar."""
    if isinstance(error, RecursionError):
        return "its objects or lists are nested too deeply to be read. Write one flat object a line."
    return "it holds a number of too many digits to be read. Mend it, or leave the field out where nobody said."


class _Array:
    """Objects of a JSON array, decoded one after another from a window of the file."""

    def __init__(self, first: bytes, lines: _Lines, faults: Faults) -> None:
        self.lines, self.faults = lines, faults
        self.line, self.record = lines.number, 0  # where the window's place lies; records count from 1
        self.bytes = codecs.getincrementaldecoder("utf-8")()
        self.window, self.at, self.ended = "", 0, False
        self._take(first)

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        self._pass("[")
        after = ","
        while after == ",":
            self.record += 1
            begins = self._peek()
            if begins != "{":
                self._refuse_beginning(begins)
            begun = self.line
            yield begun, self._object()
            after = self._pass(",]")
        if self._peek():
            self._fatal("something follows the end of the array. Write one array a file.")

    def _object(self) -> dict[str, Any]:
        """The object at the window's place; more is read until it is whole."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self.window, self.at)
            except json.JSONDecodeError as error:
                if self.ended or len(self.window) - self.at > LONGEST:
                    self._fatal(self._broken(error))
                self._more()
            except (_NotFinite, _Twice) as error:
                self._fatal(str(error))
            except (RecursionError, ValueError) as error:
                self._fatal(_unreadable(error))
            else:
                self._move(end)
                assert isinstance(found, dict)  # it begins with '{'
                return found

    def _refuse_beginning(self, found: str) -> NoReturn:
        if found == "]" and self.record == 1:
            self.faults.fatal(self.line, f"the array is empty. {EXPECTED}")
        if found:
            self._fatal(f"'{found}' stands where an object should begin. Write an array of JSON objects.")
        self._fatal("the file ends where it should begin: it was cut short. Fetch it again.")

    def _broken(self, error: json.JSONDecodeError) -> str:
        if not self.ended:
            return f"it is longer than '{LONGEST:,}' characters, or broken ({error.msg}). Mend it, or cut its text."
        if error.msg.startswith("Unterminated") or error.pos >= len(self.window.rstrip()) - 1:
            return "the file ends inside it: it was cut short. Fetch it again."
        return f"no whole JSON object: {error.msg} at its character '{error.pos - self.at + 1}'. Mend it."

    def _pass(self, allowed: str) -> str:
        """Pass over one of the signs between objects."""
        found = self._peek()
        if not found:
            self._fatal("the file ends before the array does: it was cut short. Fetch it again.")
        if found not in allowed:
            self._fatal(f"'{found}' follows where '{allowed[0]}' should. Write one JSON array of objects.")
        self._move(self.at + 1)
        return found

    def _peek(self) -> str:
        """The next character that is no white space, or '' at the end of the file."""
        while True:
            here = _SPACE.match(self.window, self.at)
            self._move(here.end() if here else self.at)
            if self.at < len(self.window):
                return self.window[self.at]
            if self.ended:
                return ""
            self._more()

    def _move(self, to: int) -> None:
        self.line += self.window.count("\n", self.at, to)
        self.at = to

    def _more(self) -> None:
        """Read on, as much again as the object has so far: so a long one is not scanned time and again."""
        wanted, pieces = max(_CHUNK, len(self.window) - self.at), []
        while wanted > 0 and (piece := self.lines.next(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
        self.window, self.at = self.window[self.at :], 0
        self._take(b"".join(pieces))

    def _take(self, piece: bytes) -> None:
        self.ended = not piece
        try:
            self.window += self.bytes.decode(piece, final=self.ended)
        except UnicodeDecodeError as error:
            line = self.line + self.window.count("\n", self.at) + error.object.count(b"\n", 0, error.start)
            self.faults.fatal(line, f"byte '0x{error.object[error.start]:02x}' is no UTF-8. Save the file as UTF-8.")

    def _fatal(self, message: str) -> NoReturn:
        self.faults.fatal(self.line, f"record {self.record}: {message}")
