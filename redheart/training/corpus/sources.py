"""Paths that a user names -> the data files they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from redheart.errors import InputError
from redheart.training.corpus.decomposed import ENDING as DECOMPOSITIONS

SUFFIXES: Final = (".jsonl.gz", ".jsonl", ".json.gz", ".json")


def data_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Every data file named, or lying directly in a named folder (sorted), once each, in order.

    Raises InputError for a path that is missing, no data file or a folder without one, and for a file named twice.
    """
    files: list[Path] = []
    for path in paths:
        for file in _files_at(path):
            if any(file.resolve() == other.resolve() for other in files):
                raise InputError(f"data file '{file}' is named twice. Name it once.")
            files.append(file)
    if not files:
        raise InputError("no data file is named. Give --data a file or a folder.")
    return tuple(files)


def set_name(file: Path) -> str:
    """'goemotions_en' of 'goemotions_en.jsonl.gz'."""
    return file.name.removesuffix(_suffix(file.name))


def _files_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _files_in(path)
    elif not path.exists():
        raise InputError(f"data '{path}' does not exist. Give a file or a folder that does.")
    elif not _suffix(path.name):
        raise InputError(f"data file '{path}' has none of the endings {', '.join(SUFFIXES)}. Rename or convert it.")
    else:
        yield path


def _files_in(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and _suffix(file.name))
    if not files:
        raise InputError(
            f"folder '{folder}' has no data file directly in it ({', '.join(SUFFIXES)}). "
            "Name a folder that has, or files."
        )
    return files


def _suffix(name: str) -> str:
    """The ending of a data file's name, or ''. Hidden files are none, nor are decompositions kept beside a file."""
    if name.startswith(".") or name.endswith(DECOMPOSITIONS):
        return ""
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
