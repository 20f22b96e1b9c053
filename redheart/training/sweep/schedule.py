"""Which learning rates a sweep tries: five stages of five, each around the best of all before. Runs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from redheart.errors import ConfigError
from redheart.types.base import Frozen

POINTS: Final = 5
#: Rates closer than this, relatively, are one rate: their losses would differ by rounding alone.
TOLERANCE: Final = 1e-3
NUDGE: Final = 1.1
#: A best rate at the rim of all tried is followed this far beyond the range that was asked for.
BEYOND: Final = 10.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A rate with its validation loss; a trial that diverged has the loss infinity."""

    lr: float
    loss: float


class Interval(Frozen):
    """Where a stage looks, and why there. Both ends are rates above 0."""

    low: float
    high: float
    why: str

    @property
    def log_width(self) -> float:
        """Natural logarithm of high / low."""
        return math.log(self.high / self.low)


def first_interval(lowest: float, highest: float) -> Interval:
    """What was asked for. Raises ConfigError unless lowest < highest."""
    if not lowest < highest:
        raise ConfigError(
            f"train.sweep.lowest '{rate_text(lowest)}' is not below train.sweep.highest "
            f"'{rate_text(highest)}'. Lower the former."
        )
    return Interval(low=lowest, high=highest, why="the range that was asked for")


def next_interval(tried: Sequence[Scored], before: Interval, lowest: float, highest: float) -> Interval:
    """Between the neighbours of the best of all tried, whichever stage they come from.

    (1) best at the rim of all tried: one step beyond it by its neighbour's ratio, within `BEYOND` of what was asked;
    (2) interval not narrower than `before`: a nudge led out of it, and `why` says so; (3) else the neighbours.
    `tried` holds two rates or more, one of them with a finite loss.
    """
    winner = best(tried)
    rates = sorted(point.lr for point in tried)
    below = [rate for rate in rates if rate < winner.lr]
    above = [rate for rate in rates if rate > winner.lr]
    if not below:
        floor = min(winner.lr, max(lowest / BEYOND, winner.lr * winner.lr / above[0]))
        return Interval(low=tidy(floor), high=above[0], why="the best rate is the lowest of all tried: one step beyond")
    if not above:
        ceiling = max(winner.lr, min(highest * BEYOND, winner.lr * winner.lr / below[-1]))
        return Interval(
            low=below[-1], high=tidy(ceiling), why="the best rate is the highest of all tried: one step beyond"
        )
    found = Interval(low=below[-1], high=above[0], why="the neighbours of the best rate of all stages")
    if found.log_width < before.log_width:
        return found
    return found.model_copy(update={"why": f"{found.why}; no narrower, as a nudge led out of the interval before"})


def stage_rates(interval: Interval, tried: Iterable[float], with_ends: bool = False) -> tuple[float, ...]:
    """Five log-spaced rates inside the interval, rising but for nudges, each new to `tried` and to one another."""
    gaps = POINTS - 1 if with_ends else POINTS + 1
    known, chosen = list(tried), []
    for place in range(POINTS):
        step = place if with_ends else place + 1
        rate = _new_rate(interval.low * math.exp(interval.log_width * step / gaps), known)
        known.append(rate)
        chosen.append(rate)
    return tuple(chosen)


def best(tried: Iterable[Scored]) -> Scored:
    """The lowest loss; of equal losses the lower rate."""
    return min(tried, key=lambda point: (point.loss, point.lr))


def same_rate(one: float, other: float) -> bool:
    """True if the two are one rate, but for `TOLERANCE`."""
    return math.isclose(one, other, rel_tol=TOLERANCE)


def rate_text(rate: float) -> str:
    """Three digits: '3.16e-4'."""
    mantissa, exponent = f"{rate:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def tidy(rate: float) -> float:
    """Six digits: the last bits of `exp` differ between machines, and a rate is the key of its record."""
    return float(f"{rate:.6g}")


def _new_rate(wanted: float, known: Sequence[float]) -> float:
    rate = tidy(wanted)
    while any(same_rate(rate, old) for old in known):
        rate = tidy(rate * NUDGE)
    return rate
