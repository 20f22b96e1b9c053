"""Bentham's felicific calculus: ten factors, six weights and a sign in, one balance of pleasure over pain out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

#: What each of the three added circumstances counts beside the seven classical ones (weights .10, .05, .05 of .80).
#: Costs count against the act, whatever its sign.
COST_WEIGHTS: Mapping[str, float] = {"external_cost": -0.125, "self_damage": -0.0625, "redistribution": 0.0625}


@dataclass(frozen=True, slots=True)
class Felicific:
    """`score` = `hedonic` + `costs`, both weighted by `weight`; all three are None where a factor is `missing`."""

    score: float | None
    hedonic: float | None
    costs: float | None
    weight: float
    missing: tuple[str, ...]


def felicific_value(valence: float, factors: Mapping[str, float | None], layers: Mapping[str, float]) -> Felicific:
    """Weigh one act. `valence` in [-1, 1] (only its sign counts), `factors` in [0, 1] by name, `layers` > 0 by name.

    Bentham (1789, ch. IV) left the circumstances without an algebra. Ours follows the product of "Jeremy" (Anderson,
    Anderson and Armen: intensity x duration x probability, summed over persons) with Mazur's hyperbolic discount:

        stake   = intensity * duration * certainty * 1 / (1 + (1 - propinquity)) * extent
        hedonic = weight * sign(valence) * stake * (1 + fecundity - (1 - purity))
        costs   = weight * stake * (redistribution / 16 - external_cost / 8 - self_damage / 16)
        score   = hedonic + costs,   weight = product of the six layers

    A pleasure that nothing follows (fecundity 0, purity 1) counts once; surely followed by its like, twice; surely
    followed by its opposite (both 0), not at all. Costs are pains of the same episode, so they share its stake.
    A factor that is None or not given makes the score None: no number stands in for it.
    Raises ValueError for an unknown name or a value out of range.
    """
    _check_factors(factors)
    weight = _weight(layers)
    missing = tuple(name for name in BENTHAM_FACTORS if factors.get(name) is None)
    if missing:
        return Felicific(None, None, None, weight, missing)
    known = {name: value for name, value in factors.items() if value is not None}
    stake = weight * _stake(known)
    hedonic = _sign(valence) * stake * (known["fecundity"] + known["purity"])
    costs = stake * sum(share * known[name] for name, share in COST_WEIGHTS.items())
    return Felicific(hedonic + costs + 0.0, hedonic, costs, weight, ())  # + 0.0: no negative zero


def _stake(known: Mapping[str, float]) -> float:
    """What is at stake, in [0, 1]: mass of the feeling, discounted by its distance, times its extent."""
    nearness = 1.0 / (2.0 - known["propinquity"])
    return known["intensity"] * known["duration"] * known["certainty"] * nearness * known["extent"]


def _sign(valence: float) -> float:
    if not -1.0 <= valence <= 1.0:
        raise ValueError(f"valence '{valence}' lies outside [-1, 1]")
    return float((valence > 0) - (valence < 0))


def _weight(layers: Mapping[str, float]) -> float:
    if set(layers) != set(WEIGHT_LAYERS):
        raise ValueError(f"layers '{sorted(layers)}' were given; the six are {sorted(WEIGHT_LAYERS)}")
    for name, value in layers.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"layer {name} is '{value}'; it must be above 0")
    return math.prod(layers.values())


def _check_factors(factors: Mapping[str, float | None]) -> None:
    unknown = sorted(set(factors) - set(BENTHAM_FACTORS))
    if unknown:
        raise ValueError(f"unknown factor(s) '{', '.join(unknown)}'; the ten are {', '.join(BENTHAM_FACTORS)}")
    for name, value in factors.items():
        if value is not None and not 0.0 <= value <= 1.0:
            raise ValueError(f"factor {name} is '{value}'; it must lie in [0, 1]")
