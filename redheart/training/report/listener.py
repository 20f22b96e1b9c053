"""News of a training run, for whoever shows it: what happens is told, nothing is asked back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from redheart.training.corpus.distribution import DataReport
    from redheart.training.run.figures import EpochFigures, StepFigures
    from redheart.training.sweep.trial import Trial

#: Stages of a run, in order; those a run does without are not begun. `step` belongs to 'training', `trial` to 'sweep'.
#: The total of 'embedding' counts texts, of 'sweep' trials, of 'training' steps, resumed ones included, of 'selection'
#: and 'test' nothing.
Stage = Literal["data", "embedding", "sweep", "training", "selection", "test", "report"]
STAGES: Final[tuple[Stage, ...]] = ("data", "embedding", "sweep", "training", "selection", "test", "report")


class Listener(Protocol):
    """Told of a run while it learns. Every method returns at once, raises nothing of its own, and changes nothing."""

    def begin(self, stage: Stage, total: int | None = None) -> None:
        """A stage begins; `total` is how many items it has, where that is known."""
        ...

    def advance(self, done: int, total: int | None = None) -> None:
        """So many items of a stage without news of its own ('embedding') are done; `total` where it has grown."""
        ...

    def say(self, line: str) -> None:
        """One line for the user, such as which micro-batch was chosen."""
        ...

    def data(self, report: DataReport) -> None:
        """What the data hold: told before anything is trained."""
        ...

    def step(self, figures: StepFigures) -> None:
        """One update is done."""
        ...

    def epoch(self, figures: EpochFigures) -> None:
        """One epoch is judged; its lines are in the files already."""
        ...

    def trial(self, trial: Trial, stage: int | None, number: int) -> None:
        """One trial of the sweep is done, or found on file: `number` counts from 1 over all of them, `stage` from 0;
        null beyond the search, where leading rates are run again.
        """
        ...

    def warning(self, text: str) -> None:
        """Something is wrong that does not stop the run, such as a part that is not updated."""
        ...

    def done(self, stage: Stage) -> None:
        """A stage ended. Not called where an error ends the run."""
        ...


class Listeners:
    """Several listeners as one."""

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        """No listener at all is silence."""
        self._listeners = tuple(listeners)

    def begin(self, stage: Stage, total: int | None = None) -> None:
        """Tell all."""
        for each in self._listeners:
            each.begin(stage, total)

    def advance(self, done: int, total: int | None = None) -> None:
        """Tell all."""
        for each in self._listeners:
            each.advance(done, total)

    def say(self, line: str) -> None:
        """Tell all."""
        for each in self._listeners:
            each.say(line)

    def data(self, report: DataReport) -> None:
        """Tell all."""
        for each in self._listeners:
            each.data(report)

    def step(self, figures: StepFigures) -> None:
        """Tell all."""
        for each in self._listeners:
            each.step(figures)

    def epoch(self, figures: EpochFigures) -> None:
        """Tell all."""
        for each in self._listeners:
            each.epoch(figures)

    def trial(self, trial: Trial, stage: int | None, number: int) -> None:
        """Tell all."""
        for each in self._listeners:
            each.trial(trial, stage, number)

    def warning(self, text: str) -> None:
        """Tell all."""
        for each in self._listeners:
            each.warning(text)

    def done(self, stage: Stage) -> None:
        """Tell all."""
        for each in self._listeners:
            each.done(stage)


class Quiet:
    """A listener that passes over everything: base of those that care for a little only."""

    def begin(self, stage: Stage, total: int | None = None) -> None:
        """Pass over."""

    def advance(self, done: int, total: int | None = None) -> None:
        """Pass over."""

    def say(self, line: str) -> None:
        """Pass over."""

    def data(self, report: DataReport) -> None:
        """Pass over."""

    def step(self, figures: StepFigures) -> None:
        """Pass over."""

    def epoch(self, figures: EpochFigures) -> None:
        """Pass over."""

    def trial(self, trial: Trial, stage: int | None, number: int) -> None:
        """Pass over."""

    def warning(self, text: str) -> None:
        """Pass over."""

    def done(self, stage: Stage) -> None:
        """Pass over."""
