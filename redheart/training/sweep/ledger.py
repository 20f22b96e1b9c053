"""`lr_sweep_cumulative.json`: every trial ever run in a folder, so that none is run twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationError

from redheart.errors import ConfigError, InputError
from redheart.training.sweep.trial import Trial
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen

Purpose = Literal["search", "tie-break", "judging"]


class Place(Frozen):
    """What a trial was run for."""

    sweep: int  # of the folder, counted from 1
    purpose: Purpose
    stage: int | None = None  # of the search, counted from 0


class Entry(Place):
    """One trial on file. Its rate is its key; it bears no date, so that only `seconds` differs between equal runs."""

    seed: int
    val_loss: float | None
    train_loss: float | None  # of the last step
    metric: float | None
    gradient_norm: float | None
    steps: int
    seconds: float
    diverged: bool
    train_losses: tuple[float, ...]

    @classmethod
    def of(cls, trial: Trial, place: Place) -> Self:
        """A trial with its place."""
        return cls(
            **place.model_dump(),
            val_loss=trial.validation_loss,
            train_loss=trial.train_losses[-1] if trial.train_losses else None,
            **trial.model_dump(include={"seed", "metric", "gradient_norm", "steps", "seconds", "diverged"}),
            train_losses=trial.train_losses,
        )

    def trial(self, lr: float) -> Trial:
        """What the learner had said."""
        same = {"seed", "metric", "gradient_norm", "steps", "seconds", "diverged", "train_losses"}
        return Trial(lr=lr, validation_loss=self.val_loss, **self.model_dump(include=same))


class Plan(Frozen):
    """A sweep of this folder: its first stage, and whether it came to its end."""

    lowest: float
    highest: float
    finished: bool = False


class RangeCurve(Frozen):
    """A range test as it was measured."""

    lowest: float
    highest: float
    steps: int  # asked for; fewer points if it diverged
    seconds: float
    curve: tuple[tuple[float, float], ...]  # (rate, loss), rates rising


class Cumulative(Frozen):
    """The file."""

    conditions: dict[str, JsonValue]
    sweeps: tuple[Plan, ...] = ()
    rates: dict[str, Entry] = Field(default_factory=dict)  # rate -> its trial of the search
    repeats: dict[str, tuple[Entry, ...]] = Field(default_factory=dict)  # rate -> its trials on further seeds
    range_test: RangeCurve | None = None


class Ledger:
    """Owns the file: read once, written whole after each trial."""

    def __init__(self, path: Path, conditions: Mapping[str, JsonValue]) -> None:
        """Raises InputError for a damaged file, ConfigError for one made under other conditions."""
        self.path = path
        here: dict[str, JsonValue] = json.loads(json.dumps(dict(conditions)))
        held = read_cumulative(path) if path.exists() else None
        if held is not None and held.rates:
            _refuse_other_conditions(path, held.conditions, here)
        self.held = held if held is not None and held.rates else Cumulative(conditions=here)

    def begin(self, lowest: float, highest: float) -> int:
        """The number of the sweep to run, from 1: the last one, if it was cut off and looked here too, or a new one."""
        sweeps = self.held.sweeps
        if not (sweeps and sweeps[-1] == Plan(lowest=lowest, highest=highest)):
            self._write(sweeps=(*sweeps, Plan(lowest=lowest, highest=highest)))
        return len(self.held.sweeps)

    def finish(self) -> None:
        """The last sweep came to its end: the next call of `begin` opens another."""
        *earlier, last = self.held.sweeps
        self._write(sweeps=(*earlier, last.model_copy(update={"finished": True})))

    def trial(self, lr: float, seed: int) -> Trial | None:
        """The record of a rate on a seed, if it was run."""
        held = self._entries(lr)
        return next((entry.trial(lr) for entry in held if entry.seed == seed), None)

    def add(self, trial: Trial, place: Place) -> None:
        """Record a trial of the search, or one on a further seed."""
        key, entry = repr(trial.lr), Entry.of(trial, place)
        if place.purpose == "search":
            self._write(rates={**self.held.rates, key: entry})
        else:
            self._write(repeats={**self.held.repeats, key: (*self.held.repeats.get(key, ()), entry)})

    def add_range_test(self, curve: RangeCurve) -> None:
        """Record a range test in place of the one before."""
        self._write(range_test=curve)

    def searched(self) -> dict[float, Entry]:
        """Rate -> trial of every search in this folder, in the order they were run."""
        return {float(key): entry for key, entry in self.held.rates.items()}

    def _entries(self, lr: float) -> tuple[Entry, ...]:
        key = repr(lr)
        searched = (self.held.rates[key],) if key in self.held.rates else ()
        return searched + self.held.repeats.get(key, ())

    def _write(self, **changes: object) -> None:
        self.held = self.held.model_copy(update=changes)
        write_record(self.path, self.held)


def read_cumulative(path: Path) -> Cumulative:
    """Raises InputError for a file that is no record of a sweep."""
    try:
        return Cumulative.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"'{path}' is no record of a sweep. Restore it, or move it away to begin anew.") from error


def sweep_finished(path: Path) -> bool:
    """True if the last sweep on file came to its end. Raises InputError for a damaged file."""
    return path.exists() and any(plan.finished for plan in read_cumulative(path).sweeps[-1:])


def _refuse_other_conditions(path: Path, there: Mapping[str, JsonValue], here: Mapping[str, JsonValue]) -> None:
    differing = [key for key in sorted({*there, *here}) if there.get(key) != here.get(key)]
    if differing:
        named = "; ".join(f"{key} '{there.get(key)}' there, '{here.get(key)}' here" for key in differing)
        raise ConfigError(
            f"'{path}' holds trials made under other conditions ({named}). Take another --out, or move the file away."
        )
