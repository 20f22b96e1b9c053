"""A file that is there whole or not at all, however its writer ends."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel

from redheart.errors import InputError


def write_whole(path: Path, content: bytes) -> None:
    """Written beside `path`, then put in its place; folders are made. Raises InputError if the disk refuses."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written ({error.strerror}). Choose another --out.") from error


def write_record(path: Path, record: BaseModel) -> None:
    """A record as indented JSON."""
    write_whole(path, (record.model_dump_json(indent=2) + "\n").encode())
