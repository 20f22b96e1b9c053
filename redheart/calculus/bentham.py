"""Bentham's felicific calculus: what each person stands to feel, summed, less the costs, weighted once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redheart.calculus.felicific.discount import discounted
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

#: Circumstances of one person's pleasure or pain, each in [0, 1]; extent counts persons and may be any number >= 0.
CIRCUMSTANCES: Final = ("intensity", "duration", "certainty", "propinquity", "fecundity", "purity", "extent")
#: What each of the three added circumstances counts beside the seven classical ones (weights .10, .05, .05 of .80).
#: Costs count against the act, whatever its sign. Redistribution is no cost: it moves welfare to those who have less,
#: where it counts for more, as Bentham himself held of equality.
COST_WEIGHTS: Final[Mapping[str, float]] = {"external_cost": -0.125, "self_damage": -0.0625, "redistribution": 0.0625}


@dataclass(frozen=True, slots=True)
class Stake:
    """What one person or group stands to feel. None where a circumstance is not known.

    Only the sign of `valence`, in [-1, 1], counts: pleasure or pain. `fecundity` and `purity` are ratios without a
    unit: how much of the same kind follows for one part of the feeling, and 1 less how much of the opposite kind.
    `weight` > 0 is what the person counts: 1 for everybody, unless a culture was set.
    """

    name: str
    valence: float
    intensity: float | None
    duration: float | None
    certainty: float | None
    propinquity: float | None
    fecundity: float | None
    purity: float | None
    extent: float | None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Contribution:
    """One stake's part of the core: signed, before the layers; the parts of all stakes sum to the core."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Felicific:
    """`score` = `weight` * (`core` + `costs`). Each but `weight` is None where a factor it needs is `missing`."""

    score: float | None
    core: float | None
    costs: float | None
    weight: float
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...]


def felicific_value(
    stakes: Sequence[Stake],
    costs: Mapping[str, float | None],
    layers: Mapping[str, float],
    discount: str = "hyperbolic",
) -> Felicific:
    """Weigh one act. `costs` by the names of COST_WEIGHTS, in [0, 1]; the six `layers` by name, > 0.

    Bentham (1789, ch. IV) left the circumstances without an algebra. Ours follows his six steps: a value for each
    person, the sum over persons, the balance; with the product of "Jeremy" (Anderson, Anderson and Armen: intensity x
    duration x probability) for one feeling, and a discount of its delay 1 - propinquity:

        mass_i = intensity * duration * certainty * discount(1 - propinquity) * extent * weight     of stake i
        core   = sum of sign(valence_i) * mass_i * (1 + fecundity_i - (1 - purity_i))
        costs  = sum of mass_i * (redistribution / 16 - external_cost / 8 - self_damage / 16)
        score  = (product of the six layers) * (core + costs)

    A pleasure that nothing follows (fecundity 0, purity 1) counts once; surely followed by its like, twice; surely
    followed by its opposite (both 0), not at all: what follows is taken to be as great as what it follows. The impurity
    term bears the sign opposite to the value, so a pain is the negative of the same pleasure. Costs are pains of the
    same episode: they share its mass, not its sign. Raises ValueError for an unknown name or a value out of range.
    """
    if not stakes:
        raise ValueError("stakes '()' were given; a text has at least its teller")
    _check_costs(costs)
    weight = _product(layers)
    missing = _missing(stakes, costs)
    if any(name in CIRCUMSTANCES for name in missing):
        return Felicific(None, None, None, weight, (), missing)
    parts = tuple(Contribution(stake.name, hedonic(stake, discount)) for stake in stakes)
    core = math.fsum(part.value for part in parts)
    if missing:
        return Felicific(None, core, None, weight, parts, missing)
    share = sum(COST_WEIGHTS[name] * value for name, value in costs.items() if value is not None)
    cost = share * math.fsum(mass(stake, discount) for stake in stakes)
    return Felicific(weight * (core + cost) + 0.0, core, cost + 0.0, weight, parts, ())  # + 0.0: no negative zero


def hedonic_core(stakes: Sequence[Stake], discount: str = "hyperbolic") -> float:
    """Pleasure less pain over all persons, before costs and layers. Raises ValueError as `hedonic` does."""
    return math.fsum(hedonic(stake, discount) for stake in stakes)


def hedonic(stake: Stake, discount: str = "hyperbolic") -> float:
    """One stake's pleasure (> 0) or pain (< 0). Raises ValueError for a value that is out of range or not known."""
    feeling = mass(stake, discount)
    return _sign(stake.valence) * feeling * (_known(stake, "fecundity") + _known(stake, "purity")) + 0.0


def mass(stake: Stake, discount: str = "hyperbolic") -> float:
    """How much is felt, >= 0, without its sign and its consequences. Raises ValueError as `hedonic` does."""
    if not (math.isfinite(stake.weight) and stake.weight > 0):
        raise ValueError(f"the weight of '{stake.name}' is '{stake.weight}'; it must be above 0")
    felt = _known(stake, "intensity") * _known(stake, "duration") * _known(stake, "certainty")
    near = discounted(1.0 - _known(stake, "propinquity"), discount)
    return felt * near * _known(stake, "extent") * stake.weight


def net_pleasure(stakes: Sequence[Stake]) -> float:
    """Total net pleasure as in "Jeremy": intensity x duration x probability, signed, summed over persons; no more."""
    plain = (replace(stake, propinquity=1.0, fecundity=0.0, purity=1.0, weight=1.0) for stake in stakes)
    return hedonic_core(tuple(plain), "none")


def _known(stake: Stake, name: str) -> float:
    value: float | None = getattr(stake, name)
    if value is None:
        raise ValueError(f"{name} of '{stake.name}' is 'None'; a value needs all of {', '.join(CIRCUMSTANCES)}")
    if name == "extent" and math.isfinite(value) and value >= 0:
        return value
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} of '{stake.name}' is '{value}'; it must lie in [0, 1]")
    return value


def _sign(valence: float) -> float:
    if not -1.0 <= valence <= 1.0:
        raise ValueError(f"valence '{valence}' lies outside [-1, 1]")
    return float((valence > 0) - (valence < 0))


def _missing(stakes: Sequence[Stake], costs: Mapping[str, float | None]) -> tuple[str, ...]:
    """Names in the canonical order; a factor missing of one stake is missing."""
    absent = {name for name in COST_WEIGHTS if costs.get(name) is None}
    absent |= {name for name in CIRCUMSTANCES for stake in stakes if getattr(stake, name) is None}
    return tuple(name for name in BENTHAM_FACTORS if name in absent)


def _product(layers: Mapping[str, float]) -> float:
    if set(layers) != set(WEIGHT_LAYERS):
        raise ValueError(f"layers '{sorted(layers)}' were given; the six are {sorted(WEIGHT_LAYERS)}")
    for name, value in layers.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"layer {name} is '{value}'; it must be above 0")
    return math.prod(layers.values())


def _check_costs(costs: Mapping[str, float | None]) -> None:
    unknown = sorted(set(costs) - set(COST_WEIGHTS))
    if unknown:
        raise ValueError(f"unknown cost(s) '{', '.join(unknown)}'; the three are {', '.join(COST_WEIGHTS)}")
    for name, value in costs.items():
        if value is not None and not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} is '{value}'; it must lie in [0, 1]")
