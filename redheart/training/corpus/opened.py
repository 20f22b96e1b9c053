"""A data file as bytes, gzip or plain: told by its first bytes, not by its name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from redheart.errors import InputError

_GZIP: Final = b"\x1f\x8b"
_BINARY: Final = {
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x80": "a pickle",
    b"\x89HDF": "an HDF5 file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The (unpacked) bytes of a file. Raises InputError for one that is empty, unreadable or plainly binary."""
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
            raw.seek(0)
            if head.startswith(_GZIP):
                with gzip.open(raw) as unpacked:
                    yield cast(IO[bytes], unpacked)
            else:
                _refuse_binary(path, head)
                yield raw
    except OSError as error:
        raise InputError(f"data file '{path}' cannot be read ({error.strerror or error}). Restore it.") from error


class CutShort(Exception):
    """The packed bytes end, or break, before the file does."""


def next_bytes(stream: IO[bytes], at_most: int) -> bytes:
    """The next bytes up to the end of their line. Raises CutShort for a damaged gzip file."""
    try:
        return stream.readline(at_most)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CutShort(str(error)) from error


def _refuse_binary(path: Path, head: bytes) -> None:
    if not head:
        raise InputError(f"data file '{path}' is empty (0 bytes). Give a file with rows.")
    kind = next((kind for magic, kind in _BINARY.items() if head.startswith(magic)), "")
    if not kind and b"\0" in head:
        kind = "a binary file"
    if kind:
        raise InputError(f"data file '{path}', line 1: this is {kind}. Save it as UTF-8, one JSON object a line.")
