"""How a training run stands: what is remembered of the news, for a view of it. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from redheart.training.report.listener import Stage
    from redheart.training.run.figures import EpochFigures, StepFigures
    from redheart.training.sweep.trial import Trial

_WORDS: Final = {
    "data": "reading",
    "embedding": "embedding",
    "sweep": "sweep",
    "training": "training",
    "selection": "selecting",
    "test": "testing",
    "report": "reporting",
}

MOST_MEANS: Final = 56  # even


def stage_word(stage: Stage) -> str:
    """What a stage is called while it runs."""
    return _WORDS[stage]


@dataclass(slots=True)
class Losses:
    """The training loss so far in at most `MOST_MEANS` means over equally many steps each."""

    means: list[float] = field(default_factory=list)
    each: int = 1  # steps in a mean
    waiting: list[float] = field(default_factory=list)

    def add(self, loss: float) -> None:
        """One more step."""
        self.waiting.append(loss)
        if len(self.waiting) == self.each:
            self.means.append(sum(self.waiting) / self.each)
            self.waiting.clear()
        if len(self.means) == MOST_MEANS:
            self.means = [(one + other) / 2 for one, other in zip(self.means[::2], self.means[1::2], strict=True)]
            self.each *= 2

    @property
    def last(self) -> float:
        """Mean over the steps since the last full one, or that; 0 before the first step."""
        if self.waiting:
            return sum(self.waiting) / len(self.waiting)
        return self.means[-1] if self.means else 0.0

    def between(self, low: float, high: float) -> list[float]:
        """The means, the least as `low`, the greatest as `high`."""
        least, span = min(self.means, default=0.0), max(self.means, default=0.0) - min(self.means, default=0.0)
        return [low + (high - low) * (mean - least) / span if span else low for mean in self.means]


@dataclass(slots=True)
class Sweep:
    """The search for a learning rate so far."""

    trials: int = 0
    stage: int | None = 0  # None: leading rates are run again
    last: tuple[float, float | None] | None = None  # rate, validation loss
    best: tuple[float, float] | None = None

    def trial(self, trial: Trial, stage: int | None, number: int) -> None:
        """One more trial."""
        self.trials, self.stage, self.last = number, stage, (trial.lr, trial.validation_loss)
        if trial.validation_loss is not None and (self.best is None or trial.validation_loss < self.best[1]):
            self.best = (trial.lr, trial.validation_loss)

    def line(self) -> str:
        """'stage 1: 3.2e-04 gives 0.1234; lowest so far 0.1200 at 1.0e-04'; empty before a trial."""
        if self.last is None:
            return ""
        lr, loss = self.last
        where = "leaders again" if self.stage is None else f"stage {self.stage}"
        gives = "diverges" if loss is None else f"gives {loss:.4f}"
        best = f"; lowest so far {self.best[1]:.4f} at {self.best[0]:.2e}" if self.best else ""
        return f"{where}: {lr:.2e} {gives}{best}"


@dataclass(slots=True)
class Standing:
    """The run so far."""

    stage: Stage = "data"
    total: int = 0
    done: int = 0
    begun: float = 0.0  # of the stage, in seconds of a monotonic clock
    first: int = 0  # items that were done when the stage began: of an earlier session
    last: StepFigures | None = None
    losses: Losses = field(default_factory=Losses)
    epochs: dict[int, EpochFigures] = field(default_factory=dict)
    earlier: Sequence[EpochFigures] = ()  # of the run before it was gone on with, those to be done again too
    sweep: Sweep = field(default_factory=Sweep)

    def begin(self, stage: Stage, total: int | None, now: float) -> None:
        """A stage begins."""
        self.stage, self.total, self.done, self.first, self.begun = stage, total or 0, 0, 0, now

    def advance(self, done: int, total: int | None, now: float) -> None:
        """Items done; `total` where it has changed; none done: another file begins, and the clock with it."""
        if done == 0:
            self.begun = now
        self.done, self.total = done, self.total if total is None else total

    def step(self, figures: StepFigures) -> None:
        """One update."""
        if self.done == 0:
            self.first = figures.step - 1
            self.epochs = {one.epoch: one for one in self.earlier if one.step < figures.step}
        self.done, self.last = figures.step, figures
        self.losses.add(figures.loss)

    def epoch(self, figures: EpochFigures) -> None:
        """One epoch."""
        self.epochs[figures.epoch] = figures

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss; 0 before the first."""
        return min(self.epochs, key=lambda epoch: (self.epochs[epoch].validation_loss, epoch), default=0)

    def left(self, now: float) -> float | None:
        """Seconds until the stage is done at the speed so far; None before there is a speed."""
        here = self.done - self.first
        if here < 2 or not self.total:
            return None
        return (now - self.begun) / here * (self.total - self.done)

    def speed(self, now: float) -> str:
        """Texts a second while they are embedded, samples a second of the last epoch; else steps a second."""
        if self.stage == "embedding":
            return f"{self.done / (now - self.begun):,.0f} texts/s" if self.done and now > self.begun else ""
        if self.epochs:
            return f"{self.epochs[max(self.epochs)].samples_per_second:,.0f} samples/s"
        here = self.done - self.first
        return f"{here / (now - self.begun):.1f} steps/s" if here and now > self.begun else ""

    def part_rows(self) -> list[tuple[str, ...]]:
        """A row a part: name, loss, best loss, its epoch, main metric, value, best value, its epoch."""
        newest = self.epochs[max(self.epochs)]
        return [self._part_row(part) for part in newest.parts]

    def _part_row(self, part: str) -> tuple[str, ...]:
        from redheart.training.report.metric_name import spelled

        seen = [figures for figures in self.epochs.values() if part in figures.parts]
        now = self.epochs[max(self.epochs)]
        best = min(seen, key=lambda figures: (figures.parts[part].loss, figures.epoch))
        loss = (f"{now.parts[part].loss:.4f}", f"{best.parts[part].loss:.4f}", _epoch(best, now))
        metric = next(iter(main_metrics(now.parts[part].metrics)), None)
        if metric is None:
            return (part, *loss, "—", "—", "—", "—")
        with_it = [figures for figures in seen if metric in figures.parts[part].metrics]
        peak = max(with_it, key=lambda figures: (figures.parts[part].metrics[metric], -figures.epoch))
        value, highest = now.parts[part].metrics[metric], peak.parts[part].metrics[metric]
        return (part, *loss, spelled(metric), f"{value:.3f}", f"{highest:.3f}", _epoch(peak, now))


def _epoch(best: EpochFigures, now: EpochFigures) -> str:
    return f"{best.epoch} *" if best.epoch == now.epoch else f"{best.epoch}  "


def main_metrics(metrics: dict[str, float]) -> list[str]:
    """Those by which epochs are compared, in order."""
    from redheart.training.run.metrics import main_metric

    return [name for name in metrics if name == main_metric(name.partition(" ")[0])]
