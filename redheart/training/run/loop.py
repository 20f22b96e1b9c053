"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from redheart.errors import ConfigError
from redheart.training.run.average import WeightAverage
from redheart.training.run.course import Course
from redheart.training.run.epoch_sums import EpochSums
from redheart.training.run.figures import StepFigures
from redheart.training.run.learner import Learned, Learner
from redheart.training.run.micro_batches import MicroBatches
from redheart.training.run.monitor import Look, UpdateMonitor


@dataclass(frozen=True, slots=True)
class Done:
    """One step that is done: what it learned, and what has added up over its epoch so far."""

    step: int
    epoch: int
    lr: float
    learned: Learned
    sums: EpochSums
    look: Look | None
    ends_epoch: bool

    @property
    def figures(self) -> StepFigures:
        """As the curve holds them."""
        return StepFigures(
            step=self.step,
            epoch=self.epoch,
            lr=self.lr,
            loss=self.learned.loss,
            gradient_norm=self.learned.gradient_norm,
            parts=self.learned.parts,
        )


@dataclass(slots=True)
class Loop:
    """What one step after the other needs. `after` are side jobs, each called with every step that is done."""

    learner: Learner
    course: Course
    micro_batches: MicroBatches
    lr_at: Callable[[int], float]
    after: Iterable[Callable[[Done], None]]
    average: WeightAverage | None = None
    monitor: UpdateMonitor | None = None
    monitor_every: int = 100
    sums: EpochSums = field(default_factory=EpochSums)

    def run(self, first: int) -> None:
        """Steps `first` to the last. Raises ConfigError where the loss leaves the finite numbers."""
        for step in range(first, self.course.steps + 1):
            done = self._step(step)
            for job in self.after:
                job(done)
            if done.ends_epoch:
                self.sums = EpochSums()

    def _step(self, step: int) -> Done:
        begun = time.monotonic()
        samples, lr = self.course.samples_of(step), self.lr_at(step)
        watched = self.monitor if self._is_watched(step) else None
        if watched:
            watched.before()
        learned = self.micro_batches.run(step, samples, lambda cut: self.learner.step(step, cut, lr))
        _refuse_divergence(step, lr, learned)
        if self.average:
            self.average.update()
        look = watched.after(step, learned.gradient_norms) if watched else None
        self.sums = self.sums.plus(learned, len(samples), time.monotonic() - begun)
        ends = self.course.ends_epoch(step)
        return Done(step, self.course.epoch_of(step), lr, learned, self.sums, look, ends)

    def _is_watched(self, step: int) -> bool:
        return step % self.monitor_every == 0 or self.course.ends_epoch(step)


def _refuse_divergence(step: int, lr: float, learned: Learned) -> None:
    if not learned.finite:
        raise ConfigError(
            f"step {step}: the loss or its gradient is no finite number (loss '{learned.loss}', gradient norm "
            f"'{learned.gradient_norm}') at learning rate '{lr:.3g}'. Give a lower --lr, or let --lr-sweep find one."
        )
