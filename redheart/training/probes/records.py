"""The probes' own sets, as they lie in the package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from redheart.errors import InputError
from redheart.training.data import Row
from redheart.types.situation import Language

FOLDER: Final = Path(__file__).with_name("data")
SETS: Final = ("korean_regret", "english_regret", "korean_utility", "failures", "swapped_groups")


def probe_file(name: str) -> Path:
    """Where a set lies."""
    return FOLDER / f"{name}.jsonl"


def digest(name: str) -> str:
    """SHA-256 of a set's file: figures of another one are not to be compared."""
    return hashlib.sha256(probe_file(name).read_bytes()).hexdigest()


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """One object a line. Raises InputError naming file and line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield dict(json.loads(line))
        except (ValueError, TypeError) as error:
            raise InputError(f"{path}, line {number}: {error!r}. Each line is one JSON object.") from error


def rows_of(name: str) -> tuple[Row, ...]:
    """The rows of a set in the record format."""
    return tuple(
        Row(
            id=each["id"], text=each["text"], split=each["split"], lang=each["lang"], text_b=each.get("text_b"),
            labels=tuple(each["labels"]), meta=each["meta"],
        )
        for each in lines_of(probe_file(name))
    )  # fmt: skip


def language_of(row: Row) -> Language:
    """As the row says."""
    return cast(Language, row.lang)
