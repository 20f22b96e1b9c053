"""A text file that grows line by line and survives being cut off: a line without its end was never written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from redheart.errors import InputError


class LineFile:
    """Appends whole lines, seen by every reader at once. Opening it drops what a killed run left half written."""

    def __init__(self, path: Path) -> None:
        """Raises InputError if the file cannot be opened for writing."""
        self.path = path
        try:
            self._stream = path.open("ab")
            _drop_torn_end(path)
        except OSError as error:
            raise self._refusal(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def append(self, line: str) -> None:
        """One more line; no line end in it. It survives the process at once. Raises InputError if the disk refuses."""
        try:
            self._stream.write(line.encode("utf-8") + b"\n")
            self._stream.flush()
        except OSError as error:
            raise self._refusal(error) from error

    def flush(self) -> None:
        """All lines so far survive a loss of power. Raises InputError if the disk refuses."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise self._refusal(error) from error

    def keep(self, lines: int) -> None:
        """Drop all but the first `lines`. Raises InputError if the disk refuses."""
        self.flush()
        with self.path.open("rb") as stream:
            end = sum(len(line) for line in islice(stream, lines))
        try:
            self._stream.truncate(end)
        except OSError as error:
            raise self._refusal(error) from error

    def lines(self) -> list[str]:
        """All lines so far, without their ends."""
        self.flush()
        return list(whole_lines(self.path))

    def close(self) -> None:
        """Write what is left and let go."""
        if not self._stream.closed:
            self.flush()
            self._stream.close()

    def _refusal(self, error: OSError) -> InputError:
        return InputError(
            f"'{self.path}' cannot be written ({error.strerror}). Mend that, then go on with the same command and "
            "--resume."
        )


def whole_lines(path: Path) -> Iterator[str]:
    """The lines of a file, without their ends; a last line without one is passed over.

    Raises InputError if the file cannot be read, or is no UTF-8.
    """
    try:
        with path.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield line[:-1].decode("utf-8")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is no UTF-8 text: byte '{error.start}' of a line. Restore the file.") from error


def _drop_torn_end(path: Path) -> None:
    """Cut the file after its last line end."""
    with path.open("r+b") as stream:
        whole = size = stream.seek(0, os.SEEK_END)
        while whole:
            start = max(0, whole - 65536)
            stream.seek(start)
            found = stream.read(whole - start).rfind(b"\n")
            whole = start + found + 1 if found >= 0 else start
            if found >= 0:
                break
        if whole < size:
            stream.truncate(whole)
