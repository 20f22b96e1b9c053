"""EmoBank as texts in order: gold labels, a model's readings, and the signal path of every sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from redheart.calculus.calibration import sigmoid
from redheart.calculus.course.envelope import PRESETS, envelope, reading_seconds
from redheart.nn.checkpoint import read_config
from redheart.training.data import Row, read_rows
from redheart.training.loaded import loaded_reads
from redheart.training.model_reads import ModelReads
from redheart.types.emotions import EMOTIONS

SET = "emobank"
_PLACED = re.compile(r"(?P<text>.+)_(?P<start>\d+)_\d+")


@dataclass(frozen=True, slots=True)
class EmoText:
    """One document of T sentences in their order; a headline without a document is a text of one.

    gold (T, 3) in [-1, 1]; dev (T,): rows of the dev split; readings (T, 3) of the head, envelopes (T, E) of PRESETS at
    the sentences' ends.
    """

    name: str
    gold: np.ndarray
    dev: np.ndarray
    readings: np.ndarray
    envelopes: np.ndarray


def emobank_texts(model: Path) -> tuple[EmoText, ...]:
    """Read every row of EmoBank by the checkpoint in `model`, which takes minutes. Raises CheckpointError."""
    platt = read_config(model).platt["emotion"]
    rows = read_rows(SET)
    read = readings(loaded_reads(model), [row.text for row in rows], platt)
    by_row = {row.id: (dimensions, loud) for row, dimensions, loud in zip(rows, *read, strict=True)}
    return tuple(_text(name, mine, by_row) for name, mine in documents(rows).items())


def readings(reads: ModelReads, texts: Sequence[str], platt: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """V, A, D (N, 3) of texts of one sentence, and the probabilities of the emotions that have an envelope (N, E)."""
    raw = reads.raw([[text] for text in texts], ("dimensions", "emotion"))
    loud = sigmoid(platt[0] * raw["emotion"] + platt[1])[:, [EMOTIONS.index(name) for name in PRESETS]]
    return raw["dimensions"], loud


def documents(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by document, sorted by where they begin: an id is `<document>_<start>_<end>`."""
    found: dict[str, list[tuple[int, Row]]] = {}
    for row in rows:
        place = _PLACED.fullmatch(row.id)
        name, start = (place["text"], int(place["start"])) if place else (row.id, 0)
        found.setdefault(name, []).append((start, row))
    return {name: [row for _, row in sorted(parts, key=lambda part: part[0])] for name, parts in sorted(found.items())}


def _text(name: str, rows: list[Row], read: dict[str, tuple[np.ndarray, np.ndarray]]) -> EmoText:
    seconds = reading_seconds([row.text for row in rows], "en")
    loud = np.stack([read[row.id][1] for row in rows])
    sounding = [envelope(preset, loud[:, i], seconds).at_ends for i, preset in enumerate(PRESETS.values())]
    return EmoText(
        name=name,
        gold=np.array([[(row.scores[key] - 3) / 2 for key in "VAD"] for row in rows]),
        dev=np.array([row.split == "dev" for row in rows]),
        readings=np.stack([read[row.id][0] for row in rows]),
        envelopes=np.array(sounding).T,
    )
