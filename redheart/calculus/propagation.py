"""How sure a felicific value is, given how sure its circumstances and its sign are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Stake, hedonic, mass

_STEP: Final = 1e-6  # of a difference quotient; only the discount is not linear


def core_deviation(stake: Stake, deviations: Mapping[str, float], discount: str = "hyperbolic") -> float:
    """Standard deviation of the hedonic core of one stake, in the core's unit.

    `deviations` >= 0 by circumstance, all seven. They enter to first order, independent of one another but for
    fecundity and purity, which are read from the same sentences and err together: the two count as one, their sum. The
    sign is pleasant with the calibrated P = (1 + valence) / 2, so its variance is 1 - valence**2. With magnitude M:

        variance = sum of (dM/dx * sd_x)**2 + (1 - valence**2) * M**2

    Several persons who share one reading share its errors: give them as one stake with their summed extent.
    Raises ValueError for an unknown, missing or negative deviation.
    """
    _check(deviations, CIRCUMSTANCES)
    felt = sum(
        (_slope(_magnitude, stake, name, discount) * deviation) ** 2 for name, deviation in _errors(deviations).items()
    )
    return math.sqrt(felt + (1.0 - stake.valence**2) * _magnitude(stake, discount) ** 2)


def score_deviation(
    stake: Stake,
    costs: Mapping[str, float],
    deviations: Mapping[str, float],
    weight: float,
    discount: str = "hyperbolic",
) -> float:
    """Standard deviation of `weight` * (core + costs), under the same assumptions; `deviations` of all ten factors.

    With the costs C = share * mass, which keep their sign whatever the feeling's:

        variance = weight**2 * (sum of ((dM/dx)**2 + (dC/dx)**2 + 2 valence dM/dx dC/dx) sd_x**2
                                + (1 - valence**2) * M**2)

    The six layers are stated numbers without an error of their own.
    """
    _check(deviations, (*CIRCUMSTANCES, *COST_WEIGHTS))
    share = sum(COST_WEIGHTS[name] * value for name, value in costs.items())
    variance = (1.0 - stake.valence**2) * _magnitude(stake, discount) ** 2
    for name, deviation in _errors(deviations).items():
        felt, cost = _slope(_magnitude, stake, name, discount), share * _slope(mass, stake, name, discount)
        variance += (felt**2 + cost**2 + 2 * stake.valence * felt * cost) * deviation**2
    for name, cost_weight in COST_WEIGHTS.items():
        variance += (cost_weight * mass(stake, discount) * deviations[name]) ** 2
    return weight * math.sqrt(variance)


def _errors(deviations: Mapping[str, float]) -> dict[str, float]:
    """Independent errors by circumstance. M depends on fecundity + purity alone, so purity stands for both."""
    alone = {name: deviations[name] for name in CIRCUMSTANCES if name not in ("fecundity", "purity")}
    return alone | {"purity": deviations["fecundity"] + deviations["purity"]}


def _magnitude(stake: Stake, discount: str) -> float:
    """The core as it would be of a sure pleasure."""
    return hedonic(replace(stake, valence=1.0), discount)


def _slope(of: Callable[[Stake, str], float], stake: Stake, name: str, discount: str) -> float:
    """Difference quotient in one circumstance, within its bounds."""
    value = float(getattr(stake, name))
    low, high = max(0.0, value - _STEP), value + _STEP if name == "extent" else min(1.0, value + _STEP)
    below, above = (replace(stake, **{name: x}) for x in (low, high))  # type: ignore[arg-type]
    return (of(above, discount) - of(below, discount)) / (high - low)


def _check(deviations: Mapping[str, float], names: tuple[str, ...]) -> None:
    if set(deviations) != set(names):
        raise ValueError(f"deviations of '{', '.join(sorted(deviations))}' were given; needed are {', '.join(names)}")
    for name, value in deviations.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"the deviation of {name} is '{value}'; it must be a finite number of at least 0")
