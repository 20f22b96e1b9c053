"""Where what is derived from a data file lies: beside the file, or in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["embedded", "decomposed"]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """`write` is where more goes; `read` are the places that may hold some already, `write` among them."""

    write: Path
    read: tuple[Path, ...]

    @property
    def is_beside(self) -> bool:
        """True if it lies beside its file."""
        return self.write == self.read[0]


def sidecar(source: Path, ending: str, kind: Kind, environment: Mapping[str, str] = os.environ) -> Sidecar:
    """`<source><ending>`, unless that cannot be written: then the same name under the user's cache folder.

    A folder without a write bit for its owner is read-only by intent, whoever asks, the superuser too.
    """
    beside = source.with_name(source.name + ending)
    away = cache_folder(source, kind, environment) / beside.name
    writable = all(_is_writable(place) for place in (source.parent, beside) if place == source.parent or place.exists())
    return Sidecar(beside if writable else away, (beside, away))


def cache_folder(source: Path, kind: Kind, environment: Mapping[str, str] = os.environ) -> Path:
    """`redheart/<kind>/<hash of the resolved path>` in the user's cache folder."""
    named = environment.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path there is invalid and to be ignored.
    home = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    digest = hashlib.sha256(os.fsencode(source.resolve())).hexdigest()
    return home / "redheart" / kind / digest[:32]


def _is_writable(place: Path) -> bool:
    return os.access(place, os.W_OK) and bool(place.stat().st_mode & stat.S_IWUSR)
