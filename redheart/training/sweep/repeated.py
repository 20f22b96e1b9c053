"""One rate run on several seeds: its mean, its spread, and whether another can be told from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Self

from scipy.special import stdtrit

from redheart.training.sweep.trial import Trial
from redheart.types.base import Frozen


class Repeated(Frozen):
    """Trials of one rate on further seeds. Its mean is null if a trial diverged: such a rate cannot be relied on."""

    lr: float
    seeds: tuple[int, ...]
    losses: tuple[float | None, ...]  # one a seed; null where it diverged
    mean: float | None
    standard_deviation: float | None  # of one trial, n - 1; null with a single seed
    lowest: float | None
    highest: float | None
    metric: float | None

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Self:
        """The trials of one rate, one a seed."""
        losses = tuple(finite_loss(trial) for trial in trials)
        metrics = [trial.metric for trial in trials if trial.metric is not None]
        known = [loss for loss in losses if loss is not None]
        steady = len(known) == len(losses)
        return cls(
            lr=trials[0].lr,
            seeds=tuple(trial.seed for trial in trials),
            losses=losses,
            mean=fmean(known) if steady else None,
            standard_deviation=stdev(known) if steady and len(known) > 1 else None,
            lowest=min(known) if steady else None,
            highest=max(known) if steady else None,
            metric=fmean(metrics) if len(metrics) == len(trials) else None,
        )


class Difference(Frozen):
    """How much worse one rate is than another on the same seeds, pair by pair."""

    mean: float
    half_width: float | None  # of the 95 % interval by Student's t; null with a single seed

    @property
    def told_apart(self) -> bool:
        """False if the interval holds 0; one seed shows no spread, and so tells nothing apart."""
        return self.half_width is not None and abs(self.mean) > self.half_width


def finite_loss(trial: Trial) -> float | None:
    """The validation loss; null where the trial diverged."""
    loss = trial.validation_loss
    return None if trial.diverged or loss is None or not math.isfinite(loss) else loss


def difference(worse: Repeated, better: Repeated) -> Difference | None:
    """`worse` - `better` over the seeds both were run on; null where one of them diverged."""
    pairs = zip(worse.losses, better.losses, strict=True)
    gaps = [one - other for one, other in pairs if one is not None and other is not None]
    if len(gaps) < len(worse.losses):
        return None
    if len(gaps) == 1:
        return Difference(mean=gaps[0], half_width=None)
    return Difference(mean=fmean(gaps), half_width=quantile(len(gaps) - 1) * stdev(gaps) / math.sqrt(len(gaps)))


def quantile(degrees: int) -> float:
    """Student's t, 97.5 %."""
    return float(stdtrit(degrees, 0.975))
