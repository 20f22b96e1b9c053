"""What a sweep found: its stages, its tie-break, its comparison with a range test."""

from __future__ import annotations

import math
from typing import Self

from pydantic import JsonValue

from redheart.training.sweep.comparison import Comparison
from redheart.training.sweep.cost import Cost
from redheart.training.sweep.ledger import RangeCurve
from redheart.training.sweep.range_reading import RangeReading
from redheart.training.sweep.repeated import finite_loss
from redheart.training.sweep.schedule import Interval, Scored
from redheart.training.sweep.tie_break import TieBreak
from redheart.training.sweep.trial import Trial
from redheart.types.base import Frozen


class Point(Frozen):
    """One rate of the search, on the first seed."""

    lr: float
    stage: int
    val_loss: float | None  # null where it diverged
    train_fall: float | None  # (first - last) / first train loss
    metric: float | None
    gradient_norm: float | None
    seconds: float
    diverged: bool
    train_losses: tuple[float, ...]  # one a step

    @classmethod
    def of(cls, trial: Trial, stage: int) -> Self:
        """A trial of a stage."""
        losses = trial.train_losses
        return cls(
            stage=stage,
            val_loss=finite_loss(trial),
            train_fall=(losses[0] - losses[-1]) / losses[0] if losses and losses[0] else None,
            **trial.model_dump(include={"lr", "metric", "gradient_norm", "seconds", "diverged", "train_losses"}),
        )

    @property
    def scored(self) -> Scored:
        """The rate with its loss, infinity where it diverged."""
        return Scored(self.lr, math.inf if self.val_loss is None else self.val_loss)


class Best(Frozen):
    """A rate with its validation loss on one seed."""

    lr: float
    val_loss: float


class StageResult(Frozen):
    """One stage, counted from 0."""

    stage: int
    interval: Interval
    points: tuple[Point, ...]
    stage_best: Best | None  # null if the whole stage diverged
    global_best: Best  # of this stage and all before
    next_interval: Interval | None  # null after the last stage


class SweepResult(Frozen):
    """`hierarchical_lr_sweep.json`. Of equal sweeps only fields named `seconds` differ."""

    strategy: str
    sweep: int  # of this folder, counted from 1
    conditions: dict[str, JsonValue]
    optimal_lr: float
    validation_loss: float  # mean over the further seeds
    metric: float | None  # the same
    finding: str
    warnings: tuple[str, ...]
    points_tested: int
    cost: Cost
    stages: tuple[StageResult, ...]
    tie_break: TieBreak
    range_test: RangeCurve
    range_reading: RangeReading
    comparison: Comparison
    earlier: tuple[Best, ...]  # rates of earlier sweeps of this folder that did not diverge
