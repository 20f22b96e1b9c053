"""The file of floors: one entry a set, completed one by one, each time written whole."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from redheart.errors import InputError
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen


class FloorEntry(Frozen):
    """Dev figures of one set: linear on TF-IDF, beside the better constant, by the names of `redheart evaluate`."""

    n_train: int = Field(ge=1)
    n_dev: int = Field(ge=1)
    metrics: dict[str, float | None]
    baseline: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    notes: tuple[str, ...] = ()


class FloorTable(Frozen):
    """All entries by set."""

    sets: dict[str, FloorEntry] = Field(default_factory=dict)


def read_table(path: Path) -> FloorTable:
    """What a file holds; an empty table where there is none. Raises InputError for a file that is none of ours."""
    if not path.exists():
        return FloorTable()
    try:
        return FloorTable.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is no table of floors ({error}). Choose another --out, or remove it.") from error


def add_entry(path: Path, data: str, entry: FloorEntry) -> None:
    """The table with one entry more, written whole."""
    write_record(path, FloorTable(sets={**read_table(path).sets, data: entry}))
