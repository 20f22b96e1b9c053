"""Trials of learning rates: the network's own steps, from the same initial weights each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

import numpy as np

from redheart.training.corpus.dataset import Dataset
from redheart.training.run.course import Course
from redheart.training.run.judge import Measured, NetworkJudge
from redheart.training.run.learner import Learned, Learner
from redheart.training.run.metrics import main_metric
from redheart.training.run.micro_batches import MicroBatches
from redheart.training.run.schedule import lr_at
from redheart.training.sweep.trial import Trial


@dataclass(frozen=True, slots=True)
class Fresh:
    """A learner that has learned nothing yet, with what measures it."""

    learner: Learner
    judge: NetworkJudge


#: Beyond its best loss times this a range test has nothing more to find. Well above where its reader stops, which
#: smooths first: a single batch must not end it.
FAR = 10


@dataclass(slots=True)
class NetworkTrials:
    """`fresh(seed)` gives the same initial weights for every seed; dropout follows the seed."""

    fresh: Callable[[int], Fresh]
    ladder: Callable[[Learner, int], MicroBatches]  # of a learner, from a size on
    data: Dataset
    batch_size: int
    samples: int
    epochs: int
    warmup: float
    micro_batch: int  # smaller after a refused allocation

    @property
    def steps(self) -> int:
        """Of one trial."""
        return self._course(0).steps

    def at(self, lr: float, seed: int) -> Trial:
        """Learn at one peak rate, with the warm-up and decay of the main run."""
        begun = time.monotonic()
        fresh, course = self.fresh(seed), self._course(seed)
        learned = self._learn(fresh.learner, course, lambda step: lr_at(step, course.steps, lr, self.warmup))
        measured = fresh.judge.measure("validation") if learned[-1].finite else None
        seconds = time.monotonic() - begun
        if measured is None or not np.isfinite(measured.loss):
            return _diverged(lr, seed, learned, seconds)
        return Trial(
            lr=lr,
            seed=seed,
            steps=len(learned),
            validation_loss=measured.loss,
            train_losses=tuple(each.loss for each in learned),
            metric=mean_metric(measured),
            gradient_norm=float(np.mean([each.gradient_norm for each in learned])),
            seconds=seconds,
        )

    def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
        """The rate rises exponentially from `lowest` to `highest`; ends where the loss is ten times its best."""
        learner, course, chosen = self.fresh(0).learner, self._course(0), self._chosen()
        ladder = self.ladder(learner, self.micro_batch)
        found: list[tuple[float, float]] = []
        for step in range(1, steps + 1):
            lr = exp(log(lowest) + (log(highest) - log(lowest)) * (step - 1) / max(1, steps - 1))
            samples = chosen[course.samples_of((step - 1) % course.steps + 1)]
            learned = _one(ladder, learner, step, samples, lr)
            if not learned.finite or (found and learned.loss > FAR * min(loss for _, loss in found)):
                break
            found.append((lr, learned.loss))
        return tuple(found)

    def _course(self, seed: int) -> Course:
        return Course(min(self.samples, len(self.data)), self.batch_size, self.epochs, (seed, 1))

    def _chosen(self) -> np.ndarray:
        """The samples that every trial learns from: the same ones for every rate and seed, of all data sets alike."""
        order: np.ndarray = np.random.default_rng(0).permutation(len(self.data))[: self.samples]
        return order

    def _learn(self, learner: Learner, course: Course, rate: Callable[[int], float]) -> list[Learned]:
        """All steps, or those up to the first that is not finite."""
        chosen, ladder = self._chosen(), self.ladder(learner, self.micro_batch)
        learned: list[Learned] = []
        for step in range(1, course.steps + 1):
            learned.append(_one(ladder, learner, step, chosen[course.samples_of(step)], rate(step)))
            if not learned[-1].finite:
                break
        self.micro_batch = ladder.size
        return learned


def _one(ladder: MicroBatches, learner: Learner, step: int, samples: np.ndarray, lr: float) -> Learned:
    return ladder.run(step, samples, lambda cut: learner.step(step, cut, lr))


def mean_metric(measured: Measured) -> float | None:
    """Mean over the parts of their targets' main metrics; None where there is none."""
    found = [
        value
        for part in measured.parts.values()
        for name, value in part.metrics.items()
        if name == main_metric(name.partition(" ")[0])
    ]
    return float(np.mean(found)) if found else None


def _diverged(lr: float, seed: int, learned: list[Learned], seconds: float) -> Trial:
    return Trial(
        lr=lr,
        seed=seed,
        steps=len(learned),
        validation_loss=None,
        train_losses=tuple(each.loss for each in learned if each.finite),
        metric=None,
        gradient_norm=None,
        seconds=seconds,
        diverged=True,
    )
