"""A small network with data that can be learned: for tests of what learns, not of what it learns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from redheart.config.train import TrainSection
from redheart.nn.network.preset import load_preset
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.run.build import Blueprint
from redheart.training.run.learner import Learner

DIM = 16
TAUGHT = ("emotion", "polarity", "dimensions", "utility")


def dataset(samples: int = 48, seed: int = 0, targets: Sequence[str] = TAUGHT) -> Dataset:
    """Two thirds documents of 1 to 4 sentences, whose first number gives the labels; one third pairs."""
    rng = np.random.default_rng(seed)
    counts = np.where(np.arange(samples) % 3 == 2, 2, 1)
    first = np.concatenate([[0], np.cumsum(counts)])
    documents = int(first[-1])
    starts = np.concatenate([[0], np.cumsum(rng.integers(1, 5, documents))])
    pleasant = rng.normal(size=documents).astype(np.float32)
    vectors = rng.normal(size=(starts[-1], DIM)).astype(np.float32)
    vectors[:, 0] = np.repeat(pleasant, np.diff(starts)) * 3
    alone = np.repeat(counts == 1, counts)
    found = {name: _truth(name, pleasant, alone) for name in targets if TARGETS[name].kind != "pair"}
    which = np.where(counts == 2, (pleasant[first[:-1]] < pleasant[np.minimum(first[:-1] + 1, documents - 1)]), -1)
    preferred = {name: which.astype(np.int8) for name in targets if TARGETS[name].kind == "pair"}
    return Dataset(torch.from_numpy(vectors), starts, first, found, preferred)


def _truth(target: str, pleasant: np.ndarray, alone: np.ndarray) -> torch.Tensor:
    """(documents, outputs); of pairs nothing but the preference is known."""
    outputs = len(TARGETS[target].outputs)
    values = np.tanh(pleasant) if TARGETS[target].kind == "dimensions" else (pleasant > 0).astype(np.float32)
    truth = np.repeat(values[:, None], outputs, axis=1).astype(np.float32)
    truth[~alone] = np.nan
    return torch.from_numpy(truth)


def blueprint(targets: Sequence[str] = TAUGHT, **settings: object) -> Blueprint:
    """Of the preset tiny on the CPU."""
    outputs = {name: TARGETS[name].outputs for name in targets}
    return Blueprint(load_preset("tiny"), DIM, outputs, TrainSection(preset="tiny", **settings), torch.device("cpu"))


def learner(data: Dataset | None = None, seed: int = 0, **settings: object) -> Learner:
    """A learner that has learned nothing yet."""
    return blueprint(**settings).learner(data or dataset(), seed)
