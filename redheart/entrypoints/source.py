"""Where one text comes from: an argument, a file, standard input; what cannot be a text is refused."""

from pathlib import Path
from typing import BinaryIO

from redheart.errors import InputError

_BOM = b"\xef\xbb\xbf"
_BATCH_SUFFIXES = (".jsonl", ".ndjson")


def text_from_file(path: Path, max_characters: int) -> str:
    """The text of a file, without its BOM and final line break. A file that must be too long is refused unread.

    Raises InputError for a missing, unreadable, binary, non-UTF-8, empty or too long file.
    """
    size = file_size(path)
    if size > _most_bytes(max_characters):
        raise InputError(_too_many_bytes(f"'{path}' has {size:,} bytes", max_characters))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check its permissions.") from error
    return checked_text(decoded(content, f"'{path}'"), max_characters, f"'{path}'")


def text_from_stream(stream: BinaryIO, max_characters: int) -> str:
    """The text of standard input, read no further than the limit. Raises InputError as `text_from_file` does."""
    most = _most_bytes(max_characters)
    content = stream.read(most + 1)
    if len(content) > most:
        raise InputError(_too_many_bytes(f"standard input has more than {most:,} bytes", max_characters))
    return checked_text(decoded(content, "standard input"), max_characters, "standard input")


def file_size(path: Path) -> int:
    """Bytes of a regular file. Raises InputError if there is none."""
    if path.is_dir():
        raise InputError(f"'{path}' is a folder. Name a file in it.")
    try:
        return path.stat().st_size
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check the path.") from error


def is_batch(path: Path) -> bool:
    """True for JSON Lines, by the name."""
    return path.suffix.lower() in _BATCH_SUFFIXES


def decoded(content: bytes, name: str) -> str:
    """UTF-8 bytes as text, a BOM and a final line break dropped. Raises InputError naming the first bad byte."""
    if (nul := content.find(b"\x00")) >= 0:
        raise InputError(f"{name} has a NUL byte at offset {nul}: a binary file, or UTF-16. Save it as UTF-8 text.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = content[error.start]
        raise InputError(
            f"{name} is not UTF-8: byte '0x{bad:02x}' at offset {error.start}. Convert it: iconv -f CP949 -t UTF-8."
        ) from error
    return text.removeprefix(_BOM.decode()).removesuffix("\n").removesuffix("\r")


def checked_text(text: str, max_characters: int, name: str) -> str:
    """The text as given. Raises InputError if it is empty, too long, or holds what no text holds."""
    _refuse_broken_characters(text, name)
    if not text.strip():
        raise InputError(f"{name} is empty or white space ('{_start(text)}'). Tell a situation in a sentence or more.")
    if len(text) > max_characters:
        raise InputError(
            f"{name} has {len(text):,} characters; a text may have {max_characters:,}. "
            "Split it, or raise the limit: --set input.max_characters=N."
        )
    return text


def _refuse_broken_characters(text: str, name: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{name} is not UTF-8: broken character '\\u{ord(text[error.start]):04x}' at position {error.start}. "
            "Give it as UTF-8."
        ) from error
    if (nul := text.find("\x00")) >= 0:
        raise InputError(f"{name} has a NUL character '\\u0000' at position {nul}. Remove it.")


def _most_bytes(max_characters: int) -> int:
    """No UTF-8 text of that many characters is longer: four bytes each, a BOM, a final line break."""
    return 4 * max_characters + 5


def _too_many_bytes(what: str, max_characters: int) -> str:
    return (
        f"{what}; a text may have {max_characters:,} characters, at most {_most_bytes(max_characters):,} bytes. "
        "Split it, or raise the limit: --set input.max_characters=N."
    )


def _start(text: str) -> str:
    return text[:12].encode("unicode_escape").decode()
