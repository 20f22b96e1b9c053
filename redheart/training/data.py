"""Reads the labelled data sets, found by the environment variable REDHEART_DATA (a list of folders)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from redheart.config.environment import DATA_FOLDERS, data_folders
from redheart.errors import InputError

#: Sets whose licence allows shaping shipped weights: encoder vocabulary, shared layers and the main heads.
PLAINLY_LICENSED = (
    "goemotions_en", "goemotions_ko", "kote", "nsmc", "ko_chatbot", "ethics_utilitarianism", "ethics_justice",
    "ethics_deontology", "ethics_virtue", "moralchoice", "square_questions", "kosbi", "ecare", "copa_sse", "cnc",
    "emobank",
)  # fmt: skip
#: Sets without a plain licence: they train only heads in files of their own.
OWN_FILE_ONLY = ("crowd_envent", "semeval_cfd")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text, as in the data files."""

    id: str
    text: str
    split: str
    lang: str
    text_b: str | None = None
    labels: tuple[str, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)

    def texts(self) -> tuple[str, ...]:
        """Every text of the row."""
        return (self.text, *([self.text_b] if self.text_b else []), *self.choices)


def find_file(name: str) -> Path:
    """`<folder>/<name>/<name>.jsonl[.gz]` in the first folder that has it. Raises InputError."""
    for folder in data_folders():
        for suffix in (".jsonl.gz", ".jsonl"):
            if (path := folder / name / f"{name}{suffix}").exists():
                return path
    searched = ", ".join(f"'{folder}'" for folder in data_folders()) or "none"
    raise InputError(
        f"data set '{name}' not found. Set {DATA_FOLDERS} to the folders that hold it (searched: {searched})."
    )


@lru_cache(maxsize=32)
def read_rows(name: str) -> tuple[Row, ...]:
    """All rows of a data set. Raises InputError naming file and line for a row that does not fit."""
    return tuple(_rows(find_file(name)))


def shuffled_rows(name: str, split: str, limit: int | None = None) -> list[Row]:
    """The first `limit` rows of a split in an order shuffled by a hash of set and id."""
    rows = [row for row in read_rows(name) if row.split == split]
    return sorted(rows, key=lambda row: hashlib.sha256(f"{name}/{row.id}".encode()).digest())[:limit]


def _rows(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _row(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path}, line {number}: {error!r}. Each line is one JSON object with id, text, split, lang."
                ) from error


def _row(fields: dict[str, Any]) -> Row:
    return Row(
        id=str(fields["id"]), text=fields["text"], split=fields["split"], lang=fields["lang"],
        text_b=fields.get("text_b"), labels=tuple(fields.get("labels") or ()), scores=fields.get("scores") or {},
        choices=tuple(fields.get("choices") or ()), meta=fields.get("meta") or {},
    )  # fmt: skip
