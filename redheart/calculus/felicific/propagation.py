"""How far a felicific value may be off, given how sure its circumstances and its sign are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Stake, hedonic, mass

_STEP: Final = 1e-6  # of a difference quotient; only the discount is not linear


def core_deviation(stake: Stake, deviations: Mapping[str, float], discount: str = "hyperbolic") -> float:
    """Root mean square distance of the hedonic core of one stake from the one that `hedonic` gives, in its unit.

    `deviations` >= 0 by circumstance, all seven. They enter to first order, independent of one another but for
    fecundity and purity, which are read from the same sentences and err together: the two count as one, their sum. The
    sign is pleasant with the calibrated P = (1 + valence) / 2; `hedonic` takes the likelier one. With the other sign
    what follows stays as it is and so changes its kind: fecundity and purity become 1 - purity and 1 - fecundity.
    Over both signs s, with core(s) and the given core = core(sign of valence):

        square = sum of P(s) * ((core(s) - core)**2 + sum of (dcore(s)/dx * sd_x)**2)

    Several persons who share one reading share its errors: give them as one stake with their summed extent.
    Raises ValueError for an unknown, missing or negative deviation.
    """
    _check(deviations, CIRCUMSTANCES)
    return math.sqrt(_square(stake, 0.0, deviations, discount))


def score_deviation(
    stake: Stake,
    costs: Mapping[str, float],
    deviations: Mapping[str, float],
    weight: float,
    discount: str = "hyperbolic",
) -> float:
    """Root mean square distance of the score from `weight` * (core + costs), under the same assumptions.

    `deviations` of all ten factors. The costs C = share * mass keep their sign whatever the feeling's, so that
    d(core(s) + C)/dx stands for dcore(s)/dx, and each of the three errs by (cost weight * mass * sd)**2 more.
    The six layers are stated numbers without an error of their own.
    """
    _check(deviations, (*CIRCUMSTANCES, *COST_WEIGHTS))
    share = sum(COST_WEIGHTS[name] * value for name, value in costs.items())
    square = _square(stake, share, deviations, discount)
    for name, cost_weight in COST_WEIGHTS.items():
        square += (cost_weight * mass(stake, discount) * deviations[name]) ** 2
    return weight * math.sqrt(square)


def _square(stake: Stake, share: float, deviations: Mapping[str, float], discount: str) -> float:
    """Mean square distance of core + `share` * mass from where it is taken to be."""

    def worth(case: Stake) -> float:
        return hedonic(case, discount) + share * mass(case, discount)

    square = 0.0
    for sign in (1.0, -1.0):
        case = _signed(stake, sign)
        errs = math.fsum((_slope(worth, case, name) * sd) ** 2 for name, sd in _errors(deviations).items())
        missed = hedonic(case, discount) - hedonic(stake, discount)
        square += (1.0 + sign * stake.valence) / 2 * (missed**2 + errs)
    return square


def _signed(stake: Stake, sign: float) -> Stake:
    """The stake as it would be were its sign known."""
    if sign * stake.valence >= 0 or stake.fecundity is None or stake.purity is None:
        return replace(stake, valence=sign)
    return replace(stake, valence=sign, fecundity=1.0 - stake.purity, purity=1.0 - stake.fecundity)


def _errors(deviations: Mapping[str, float]) -> dict[str, float]:
    """Independent errors by circumstance. A core depends on fecundity + purity alone, so purity stands for both."""
    alone = {name: deviations[name] for name in CIRCUMSTANCES if name not in ("fecundity", "purity")}
    return alone | {"purity": deviations["fecundity"] + deviations["purity"]}


def _slope(of: Callable[[Stake], float], stake: Stake, name: str) -> float:
    """Difference quotient in one circumstance, within its bounds."""
    value = float(getattr(stake, name))
    low, high = max(0.0, value - _STEP), value + _STEP if name == "extent" else min(1.0, value + _STEP)
    below, above = (replace(stake, **{name: x}) for x in (low, high))  # type: ignore[arg-type]
    return (of(above) - of(below)) / (high - low)


def _check(deviations: Mapping[str, float], names: tuple[str, ...]) -> None:
    if set(deviations) != set(names):
        raise ValueError(f"deviations of '{', '.join(sorted(deviations))}' were given; needed are {', '.join(names)}")
    for name, value in deviations.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"the deviation of {name} is '{value}'; it must be a finite number of at least 0")
