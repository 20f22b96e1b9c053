"""What a circumstance weighs by the evidence for it: how far it agrees with labelled rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from redheart.calculus.bentham import CIRCUMSTANCES, Stake

#: The least correlation that so many rows tell from 0 at 95 %: tanh(1.96 / sqrt(100 - 3)) = 0.196.
LEAST_CORRELATION: Final = 0.2
LEAST_ROWS: Final = 100
#: What nothing measures is neither trusted nor dismissed.
UNMEASURED_WEIGHT: Final = 0.5
#: Circumstances that multiply, and those of what follows, which add. Extent is the sum over persons.
_MULTIPLY: Final = ("intensity", "duration", "certainty", "propinquity")
_FOLLOW: Final = ("fecundity", "purity")


def has_evidence(correlation: float | None, rows: int) -> bool:
    """Whether a correlation measured on so many rows is worth the name; None where nothing was measured."""
    return correlation is not None and rows >= LEAST_ROWS and correlation >= LEAST_CORRELATION


def evidence_weight(correlation: float | None, rows: int) -> float:
    """In [0, 1], never falling as the correlation rises: max(0, correlation) / 0.2, at most 1.

    0.5 where nothing was measured, or on fewer than 100 rows. Raises ValueError for what is no correlation.
    """
    if correlation is not None and not -1.0 <= correlation <= 1.0:
        raise ValueError(f"correlation '{correlation}' lies outside [-1, 1]")
    if correlation is None or rows < LEAST_ROWS:
        return UNMEASURED_WEIGHT
    return min(1.0, max(0.0, correlation) / LEAST_CORRELATION)


def weighed_stake(stake: Stake, persons: int, weights: Mapping[str, float]) -> Stake:
    """The stake with each circumstance drawn towards the value at which it does not count, by `weights` in [0, 1].

    A weight of 1 leaves it as it is; of 0 leaves it out. What multiplies is raised to its weight, so 1 is where it does
    not count, and a certain 0 stays 0. Of what follows the deviation counts by its weight: fecundity from 0, purity
    from 1; both are read from the same sentences, so the smaller weight of the two holds for both. Of all `persons`,
    the first counts fully and the others by the weight of extent, shared out so that each counts alike.
    """
    _check(weights)
    followed = _following(weights)
    return replace(
        stake,
        intensity=_power(stake.intensity, weights["intensity"]),
        duration=_power(stake.duration, weights["duration"]),
        certainty=_power(stake.certainty, weights["certainty"]),
        propinquity=_power(stake.propinquity, weights["propinquity"]),
        fecundity=None if stake.fecundity is None else followed * stake.fecundity,
        purity=None if stake.purity is None else 1.0 - followed * (1.0 - stake.purity),
        extent=None if stake.extent is None else stake.extent * _shared(persons, weights["extent"]),
    )


def weighed_deviation(name: str, value: float, deviation: float, weights: Mapping[str, float]) -> float:
    """What a circumstance's deviation becomes: times the slope of the chord over one deviation to either side."""
    if name not in _MULTIPLY:
        return deviation * (_following(weights) if name in _FOLLOW else weights.get(name, 1.0))
    low, high = max(0.0, value - deviation), min(1.0, value + deviation)
    if high <= low:
        return 0.0
    return deviation * float(high ** weights[name] - low ** weights[name]) / (high - low)


def _power(value: float | None, weight: float) -> float | None:
    """A certain 0 stays one, whatever its weight."""
    if value is None:
        return None
    return float(value**weight) if value > 0 else 0.0


def _following(weights: Mapping[str, float]) -> float:
    return min(weights[name] for name in _FOLLOW)


def _shared(persons: int, weight: float) -> float:
    if persons < 1:
        raise ValueError(f"'{persons}' persons were given; a text has at least its teller")
    return (1.0 + weight * (persons - 1)) / persons


def _check(weights: Mapping[str, float]) -> None:
    for name in CIRCUMSTANCES:
        if name not in weights or not (math.isfinite(weights[name]) and 0.0 <= weights[name] <= 1.0):
            raise ValueError(f"the weight of {name} is '{weights.get(name)}'; it must lie in [0, 1]")
