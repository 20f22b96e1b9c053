"""EmoBank as texts in order: gold labels, a model's readings, and the signal path of every sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from redheart.calculus.calibration import sigmoid
from redheart.calculus.course.envelope import PRESETS, envelope, reading_seconds
from redheart.devices import bfloat16_is_native
from redheart.encoders.bundled import BundledEncoder
from redheart.nn.checkpoint import read_config
from redheart.training.appraisal_errors import loaded
from redheart.training.batches import Dataset
from redheart.training.data import Row, read_rows
from redheart.training.evaluate import outputs
from redheart.training.features import ROWS, cache_shard, load, shards
from redheart.types.emotions import EMOTIONS

SET = "emobank"
_PLACED = re.compile(r"(?P<text>.+)_(?P<start>\d+)_\d+")


@dataclass(frozen=True, slots=True)
class EmoText:
    """One document of T sentences in their order; a headline without a document is a text of one.

    gold (T, 3) in [-1, 1]; dev (T,) and unread (T,): rows of the dev split, and of the train split beyond those that
    the model learned from; readings (T, 3) of the head, envelopes (T, E) of PRESETS at the sentences' ends.
    """

    name: str
    gold: np.ndarray
    dev: np.ndarray
    unread: np.ndarray
    readings: np.ndarray
    envelopes: np.ndarray


def emobank_texts(model: Path, features: Path) -> tuple[EmoText, ...]:
    """Read every row of EmoBank by the checkpoint in `model`; encodes what `features` lacks, which takes minutes."""
    read: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for split in ("train", "dev"):
        limit = sum(row.split == split for row in read_rows(SET))
        _complete(model, features, split, limit)
        read |= _readings(model, Dataset(SET, load(SET, split, features, limit)))
    taught = {row.id for _, rows in shards(SET, "train", ROWS[SET][0], features) for row in rows}
    return tuple(_text(name, rows, taught, read) for name, rows in documents(read_rows(SET)).items())


def documents(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by document, sorted by where they begin: an id is `<document>_<start>_<end>`."""
    found: dict[str, list[tuple[int, Row]]] = {}
    for row in rows:
        place = _PLACED.fullmatch(row.id)
        name, start = (place["text"], int(place["start"])) if place else (row.id, 0)
        found.setdefault(name, []).append((start, row))
    return {name: [row for _, row in sorted(parts, key=lambda part: part[0])] for name, parts in sorted(found.items())}


def _complete(model: Path, features: Path, split: str, limit: int) -> None:
    missing = [(path, rows) for path, rows in shards(SET, split, limit, features) if not path.exists()]
    if not missing:
        return
    encoder = BundledEncoder(model)
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    if bfloat16_is_native():
        encoder.module.to(torch.bfloat16)
    for path, rows in missing:
        cache_shard(SET, rows, encoder, path)


def _readings(folder: Path, data: Dataset) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Row id -> V, A, D (3,) and the probabilities of the emotions that have an envelope (E,)."""
    config = read_config(folder)
    raw = outputs(loaded(folder, config), data, ("dimensions", "emotion"))
    a, b = config.platt["emotion"]
    probabilities = sigmoid(a * raw["emotion"].astype(float) + b)[:, [EMOTIONS.index(name) for name in PRESETS]]
    dimensions = raw["dimensions"].astype(float)
    return {row.id: (dimensions[i], probabilities[i]) for i, row in enumerate(data.features.rows)}


def _text(name: str, rows: list[Row], taught: set[str], read: dict[str, tuple[np.ndarray, np.ndarray]]) -> EmoText:
    seconds = reading_seconds([row.text for row in rows], "en")
    loud = np.stack([read[row.id][1] for row in rows])
    sounding = [envelope(preset, loud[:, i], seconds).at_ends for i, preset in enumerate(PRESETS.values())]
    return EmoText(
        name=name,
        gold=np.array([[(row.scores[key] - 3) / 2 for key in "VAD"] for row in rows]),
        dev=np.array([row.split == "dev" for row in rows]),
        unread=np.array([row.split == "train" and row.id not in taught for row in rows]),
        readings=np.stack([read[row.id][0] for row in rows]),
        envelopes=np.array(sounding).T,
    )
