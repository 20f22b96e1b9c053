"""Which samples every step learns from: a pure function of seed and step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np

USUAL_BATCH = 64


@dataclass(frozen=True)
class Course:
    """Steps are counted from 1. Each epoch takes every sample once, in an order of its own."""

    samples: int
    batch_size: int
    epochs: int
    seed: tuple[int, ...]

    @property
    def steps_an_epoch(self) -> int:
        """Their sizes differ by one sample at most: a few samples left over would make a step of noise."""
        return ceil(self.samples / self.batch_size)

    @property
    def steps(self) -> int:
        """Of the whole course."""
        return self.epochs * self.steps_an_epoch

    def epoch_of(self, step: int) -> int:
        """Counted from 1."""
        return (step - 1) // self.steps_an_epoch + 1

    def ends_epoch(self, step: int) -> bool:
        """True for the last step of an epoch."""
        return step % self.steps_an_epoch == 0

    def samples_of(self, step: int) -> np.ndarray:
        """(K,) sample numbers."""
        order, place = _order(self.seed, self.epoch_of(step), self.samples), (step - 1) % self.steps_an_epoch
        begin, end = (self.samples * edge // self.steps_an_epoch for edge in (place, place + 1))
        return order[begin:end]


@lru_cache(maxsize=2)
def _order(seed: tuple[int, ...], epoch: int, samples: int) -> np.ndarray:
    """Kept for the steps of an epoch: drawing it takes longer than a step of a small network."""
    return np.random.default_rng([*seed, epoch]).permutation(samples)


def usual_batch(samples: int) -> int:
    """64, or fewer where an epoch would have fewer than 8 steps; at least 1."""
    return max(1, min(USUAL_BATCH, samples // 8))
