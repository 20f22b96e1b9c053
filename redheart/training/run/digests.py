"""SHA-256 of the files that decide the figures of a run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from redheart.errors import InputError
from redheart.training.corpus.decomposed import ENDING
from redheart.training.corpus.sidecar import sidecar


def digests_of(files: Sequence[Path]) -> dict[str, str]:
    """Data files and the decompositions kept of them -> SHA-256. Raises InputError for one that cannot be read."""
    return {_said(file): digest_of(file) for file in (*files, *_decompositions(files))}


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises InputError if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"data file '{path}' cannot be read ({error.strerror}). Check the path.") from error


def _decompositions(files: Iterable[Path]) -> list[Path]:
    """Files with targets that were made of the data, which decide the figures as much as the data do."""
    places = (place for file in files for place in sidecar(file, ENDING, "decomposed").read)
    return [place for place in places if place.exists()]


def _said(file: Path) -> str:
    """Without the folders above, which are the user's own matter."""
    return os.path.join(file.parent.name, file.name)
