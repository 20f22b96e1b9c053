"""The five stages, run one after another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from redheart.config.train import SweepSection
from redheart.errors import ConfigError
from redheart.training.run.folder import STAGES
from redheart.training.sweep.ledger import Ledger, Place
from redheart.training.sweep.result import Best, Point, StageResult
from redheart.training.sweep.runner import Runner
from redheart.training.sweep.schedule import (
    Interval,
    Scored,
    best,
    first_interval,
    next_interval,
    rate_text,
    stage_rates,
)


@dataclass(frozen=True, slots=True)
class Search:
    """One sweep's search: its number in the folder, what was tried there before it, its stages so far."""

    sweep: int
    settings: SweepSection
    earlier: tuple[Scored, ...]
    stages: list[StageResult] = field(default_factory=list)

    @property
    def tried(self) -> list[Scored]:
        """Every rate of this search so far, in the order they were run."""
        return [point.scored for stage in self.stages for point in stage.points]

    @property
    def earlier_bests(self) -> tuple[Best, ...]:
        """Rates of earlier sweeps that did not diverge."""
        return tuple(Best(lr=old.lr, val_loss=old.loss) for old in self.earlier if math.isfinite(old.loss))


def run_search(search: Search, runner: Runner, after_stage: Callable[[StageResult], None]) -> None:
    """Fills `search.stages`. Raises ConfigError if the whole first stage diverges."""
    interval = first_interval(search.settings.lowest, search.settings.highest)
    for stage in range(STAGES):
        known = [old.lr for old in (*search.earlier, *search.tried)]
        place = Place(sweep=search.sweep, purpose="search", stage=stage)
        rates = stage_rates(interval, known, with_ends=stage == 0)
        points = tuple(Point.of(runner.once(rate, place), stage) for rate in rates)
        result = _result(search, interval, points)
        search.stages.append(result)
        after_stage(result)
        interval = result.next_interval or interval


def earlier_rates(ledger: Ledger, sweep: int) -> tuple[Scored, ...]:
    """What the sweeps before this one tried in the same folder, in the order they were run."""
    entries = ((entry.trial(lr), entry) for lr, entry in ledger.searched().items() if entry.sweep != sweep)
    return tuple(Point.of(trial, entry.stage or 0).scored for trial, entry in entries)


def _result(search: Search, interval: Interval, points: tuple[Point, ...]) -> StageResult:
    stage, settings = len(search.stages), search.settings
    tried = [*search.tried, *(point.scored for point in points)]
    winner = _best(tried)
    if winner is None:
        raise ConfigError(
            f"all learning rates from '{rate_text(points[0].lr)}' to '{rate_text(points[-1].lr)}' diverged. Lower "
            "train.sweep.lowest and train.sweep.highest; if none is low enough, look for numbers in the data "
            "that are not finite."
        )
    following = None if stage == STAGES - 1 else next_interval(tried, interval, settings.lowest, settings.highest)
    return StageResult(
        stage=stage,
        interval=interval,
        points=points,
        stage_best=_best([point.scored for point in points]),
        global_best=winner,
        next_interval=following,
    )


def _best(tried: list[Scored]) -> Best | None:
    found = best(tried)
    return None if math.isinf(found.loss) else Best(lr=found.lr, val_loss=found.loss)
