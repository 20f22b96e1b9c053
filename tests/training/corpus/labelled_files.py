"""Small labelled files for tests, and vectors that cost nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from redheart.training.corpus.reading import ReadFile, read_file


class LengthVectors:
    """Every sentence as (its length, its place), so that a test sees which vector went where."""

    dim, name, revision = 2, "lengths", "1"

    def of(self, source: Path, texts: Sequence[tuple[str, ...]]) -> list[np.ndarray]:
        return [np.array([[len(s), i] for i, s in enumerate(text)], np.float32).reshape(-1, 2) for text in texts]


def row(number: int, **fields: Any) -> dict[str, Any]:
    """A row as in a GoEmotions file."""
    return {"id": f"r{number}", "text": f"Row number {number}.", "labels": ["joy"], "lang": "en", **fields}


def record(number: int, **fields: Any) -> dict[str, Any]:
    """A labelled record as documented."""
    return {
        "id": f"s{number}", "text": f"I did the thing number {number} and they were cross.", "title": "AITA", "action":
        "doing it", "label": "OTHER", "emotions": [0.1, 0.1, 0.3, 0.1, 0.2, 0.1, 0.1], "regret_factor": 0.4,
        "bentham_scores": {"intensity": 0.7, "duration": 0.5, "certainty": 0.8, "propinquity": 0.6},
        "surd_metrics": {"selection": 0.1, "uncertainty": 0.9, "risk": 0.5, "decision": 0.2},
        "timestamp": "2025-01-01T00:00:00", **fields,
    }  # fmt: skip


def lines_file(path: Path, objects: Iterable[Mapping[str, Any]]) -> Path:
    """One object a line."""
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects), encoding="utf-8")
    return path


def array_file(path: Path, objects: Sequence[Mapping[str, Any]], indent: int | None = 2) -> Path:
    """One JSON array."""
    path.write_text(json.dumps(objects, ensure_ascii=False, indent=indent), encoding="utf-8")
    return path


def read_rows(folder: Path, name: str, *rows: Mapping[str, Any]) -> ReadFile:
    """Some rows as the file of a set, read."""
    return read_file(lines_file(folder / f"{name}.jsonl", rows))
