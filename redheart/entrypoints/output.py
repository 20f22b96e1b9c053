"""Where a result goes: standard output, or a file written whole or not at all."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redheart.errors import InputError


def refuse_unwritable(out: Path, source: Path | None, option: str = "--out") -> None:
    """Raises InputError if `out`, given by `option`, could not be written later, or would overwrite its source."""
    if out.is_dir():
        raise InputError(f"{option} '{out}' is a folder. Name a file in it.")
    folder = out.resolve().parent
    if not folder.is_dir():
        raise InputError(f"{option} '{out}': the folder '{folder}' does not exist. Make it, or choose another.")
    blocked = out if out.exists() and not os.access(out, os.W_OK) else folder
    if not os.access(blocked, os.W_OK):
        raise InputError(f"{option} '{out}': '{blocked}' is not writable. Choose another place.")
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise InputError(f"{option} '{out}' is the file that is read. Choose another name.")


def write_whole(out: Path, content: str) -> None:
    """Write a file beside `out`, then put it in its place: a reader sees the old content or the new, never a part.

    What is no regular file (a pipe, /dev/null) is written directly. Raises InputError if the disk refuses.
    """
    target = out.resolve()
    try:
        if target.exists() and not target.is_file():
            target.write_text(content, encoding="utf-8")
        else:
            _replace(target, content)
    except OSError as error:
        raise InputError(f"--out '{out}' cannot be written ({error.strerror}). Choose another place.") from error


def _replace(target: Path, content: str) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_stdout(content: str) -> None:
    """Write to standard output as UTF-8, whatever the locale says, and flush. Raises InputError if it is refused."""
    with standard_output():
        stream = sys.stdout.buffer if hasattr(sys.stdout, "buffer") else None
        if stream is None:
            sys.stdout.write(content)
        else:
            sys.stdout.flush()
            stream.write(content.encode("utf-8"))
        sys.stdout.flush()


@contextmanager
def standard_output() -> Iterator[None]:
    """Raises InputError for what the system refuses to take from what is written inside; not for a reader who left."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go()
        raise InputError(
            f"standard output cannot be written ({error.strerror}). Make room, or send it to another place."
        ) from error


def _let_go() -> None:
    """What is still buffered has nowhere to go, and must not raise again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
