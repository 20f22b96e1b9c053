"""A data file as bytes, gzip or plain: told by its first bytes, not by its name."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from redheart.errors import InputError

#: What a data file is, for those who gave something else.
EXPECTED: Final = (
    "Give rows or labelled records: one JSON object a line, such as "
    '{"id": "1", "text": "...", "labels": ["joy"], "lang": "en"}, or one JSON array of them.'
)
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
                _refuse_other(path, head)
                yield raw
    except OSError as error:
        raise InputError(f"data file '{path}' cannot be read ({error.strerror or error}). Restore it.") from error


class CutShort(Exception):
    """The packed bytes end, or break, before the file does; the message says how, and the mend."""


def next_bytes(stream: IO[bytes], at_most: int) -> bytes:
    """The next bytes up to the end of their line. Raises CutShort for a damaged gzip file."""
    try:
        return stream.readline(at_most)
    except EOFError as error:
        raise CutShort("the gzip file is cut short: its end is missing. Fetch it again.") from error
    except zlib.error as error:
        raise CutShort("the gzip file is damaged: it cannot be unpacked beyond here. Fetch it again.") from error
    except gzip.BadGzipFile as error:
        raise CutShort(_bad(str(error))) from error


def _bad(said: str) -> str:
    """What gzip says of what it has unpacked, or of what follows it."""
    if said.startswith("Not a gzipped file"):
        return "bytes that are no gzip follow the end of the gzip file. Pack the file again, or fetch it again."
    if said.startswith("Unknown compression method"):
        return "the gzip file is damaged: its header names no known compression. Fetch it again."
    return "the gzip file is damaged: what it holds does not fit its checksum (CRC). Fetch it again."


def _refuse_other(path: Path, head: bytes) -> None:
    if not head:
        raise InputError(f"data file '{path}' is empty (0 bytes). {EXPECTED}")
    kind = next((kind for magic, kind in _BINARY.items() if head.startswith(magic)), "")
    if not kind and path.suffix == ".gz" and not _is_text(head):
        raise InputError(
            f"data file '{path}' is no gzip file: it begins with the bytes '{head[:2].hex(' ')}', not '1f 8b'. Fetch "
            "it again, or pack it with gzip."
        )
    if not kind and b"\0" in head:
        kind = "a binary file"
    if kind:
        raise InputError(f"data file '{path}', line 1: this is {kind}. Save it as UTF-8, one JSON object a line.")


def _is_text(head: bytes) -> bool:
    """JSON that was never packed, or was unpacked on its way, under the name of a gzip file."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[", b"")
