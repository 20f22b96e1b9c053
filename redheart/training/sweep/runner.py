"""Runs trials, but for those on file. Every rate begins from the same initial weights: the learner promises it."""

from __future__ import annotations

import time
from collections.abc import Callable

from redheart.config.train import SweepSection
from redheart.training.run.folder import STAGES
from redheart.training.sweep.ledger import Ledger, Place, RangeCurve
from redheart.training.sweep.range_reading import finite_part
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.schedule import POINTS, rate_text
from redheart.training.sweep.trial import Trial, Trials
from redheart.types.base import Frozen

#: The seed of the search; further seeds are 1, 2, ...
FIRST_SEED = 0


def trials_at_most(settings: SweepSection) -> int:
    """The search, its tie-break, and the judging of the first stage's best and of both answers of the range test."""
    return STAGES * POINTS + (settings.leaders + 3) * settings.repeats


class TrialDone(Frozen):
    """A trial that was run, or found on file."""

    trial: Trial
    place: Place
    on_file: bool


class Runner:
    """The way to the learner. What was run is the ledger's; `on_trial` is told of each trial once."""

    def __init__(
        self, trials: Trials, ledger: Ledger, say: Callable[[str], None], on_trial: Callable[[TrialDone], None] | None
    ) -> None:
        self.trials = trials
        self.ledger = ledger
        self._say = say
        self._on_trial = on_trial
        self._told: set[tuple[float, int]] = set()

    def once(self, lr: float, place: Place) -> Trial:
        """A rate on the first seed."""
        return self._run(lr, FIRST_SEED, place)

    def again(self, lr: float, seeds: int, place: Place) -> Repeated:
        """A rate on so many further seeds."""
        return Repeated.of([self._run(lr, FIRST_SEED + 1 + extra, place) for extra in range(seeds)])

    def range_test(self, lowest: float, highest: float, steps: int) -> RangeCurve:
        """A range test, unless this very one is on file."""
        held = self.ledger.held.range_test
        if held is not None and (held.lowest, held.highest, held.steps) == (lowest, highest, steps):
            return held
        self._say(f"range test: {steps:,} steps from {rate_text(lowest)} to {rate_text(highest)}")
        begun = time.monotonic()
        curve = tuple(finite_part(self.trials.ranged(lowest, highest, steps)))
        seconds = time.monotonic() - begun
        found = RangeCurve(lowest=lowest, highest=highest, steps=steps, seconds=seconds, curve=curve)
        self.ledger.add_range_test(found)
        return found

    def _run(self, lr: float, seed: int, place: Place) -> Trial:
        held = self.ledger.trial(lr, seed)
        trial = held or self.trials.at(lr, seed)
        if held is None:
            self.ledger.add(trial, place)
        if self._on_trial is not None and (lr, seed) not in self._told:
            self._told.add((lr, seed))
            self._on_trial(TrialDone(trial=trial, place=place, on_file=held is not None))
        return trial
