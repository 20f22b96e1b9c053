"""`optimal_lr.json`: what the sweep hands to the main run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Self

from redheart.errors import ConfigError, InputError
from redheart.training.sweep.tie_break import TieBreak
from redheart.types.base import Frozen


class Spread(Frozen):
    """Validation loss over seeds at the chosen rate."""

    seeds: int
    standard_deviation: float | None  # n - 1; null with a single seed
    lowest: float
    highest: float


class Optimal(Frozen):
    """The file. It holds no time: equal sweeps give equal bytes."""

    optimal_lr: float
    validation_loss: float  # mean over seeds
    metric: float | None  # the same
    spread: Spread
    distinguishable: bool
    indistinguishable: tuple[float, ...]  # rates that cannot be told from it, itself among them

    @classmethod
    def of(cls, tie_break: TieBreak) -> Self:
        """The chosen rate. `tie_break` never chooses a rate that diverged."""
        chosen = tie_break.chosen
        assert chosen.mean is not None and chosen.lowest is not None and chosen.highest is not None
        return cls(
            optimal_lr=chosen.lr,
            validation_loss=chosen.mean,
            metric=chosen.metric,
            spread=Spread(
                seeds=len(chosen.seeds),
                standard_deviation=chosen.standard_deviation,
                lowest=chosen.lowest,
                highest=chosen.highest,
            ),
            distinguishable=tie_break.distinguishable,
            indistinguishable=tie_break.indistinguishable,
        )


def read_optimal(path: Path) -> float:
    """The rate that `--lr auto` takes, above 0.

    Raises ConfigError if there is no such file, InputError if it holds no positive finite number 'optimal_lr'.
    """
    mend = "Run with --lr-sweep, or give --lr a number."
    if not path.exists():
        raise ConfigError(f"--lr 'auto': '{path}' is not there. {mend}")
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"--lr 'auto': '{path}' is no JSON ({error}). {mend}") from error
    rate = held.get("optimal_lr") if isinstance(held, dict) else None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= sys.float_info.max:
        raise InputError(f"--lr 'auto': '{path}' holds no positive number 'optimal_lr' (got '{rate}'). {mend}")
    return float(rate)
