"""How far the felicific value of one subject may be off, given what was counted by rules; else why it is null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Felicific, Stake
from redheart.calculus.felicific.evidence_weights import weighed_deviation
from redheart.calculus.felicific.propagation import core_deviation, score_deviation
from redheart.types.readings import BENTHAM_FACTORS, Factor

HOW = (
    "root mean square distance from the value given: the sign at its calibrated P(pleasant), and to first order the "
    "measured errors of the factors, independent of one another (fecundity and purity err together)"
)


@dataclass(frozen=True, slots=True)
class Certainty:
    """Root mean square errors, or None, and how they came about."""

    core: float | None
    score: float | None
    source: str


def certainty_of(together: Stake, factors: Mapping[str, Factor], value: Felicific, discount: str) -> Certainty:
    """`together` is the one stake of all persons, who share one reading and its errors, weighed by its evidence.

    So are the errors. What a rule counted has no measured error and is held as counted; any other factor without one
    leaves a null.
    """
    known = _weighed_deviations(factors)
    held = [name for name in BENTHAM_FACTORS if name not in known and factors[name].kind == "rule"]
    lacking = [name for name in BENTHAM_FACTORS if name not in known and name not in held]
    deviations = known | dict.fromkeys(held, 0.0)
    core = score = None
    if value.core is not None and not set(lacking) & set(CIRCUMSTANCES):
        core = core_deviation(together, {name: deviations[name] for name in CIRCUMSTANCES}, discount)
    if value.score is not None and not lacking:
        costs = {
            name: factors[name].weight * found for name in COST_WEIGHTS if (found := factors[name].value) is not None
        }
        score = score_deviation(together, costs, deviations, value.weight, discount)
    return Certainty(core, score, _source(core is not None, held, lacking))


def _weighed_deviations(factors: Mapping[str, Factor]) -> dict[str, float]:
    weights = {name: factor.weight for name, factor in factors.items()}
    return {
        name: weighed_deviation(name, each.value, each.uncertainty, weights)
        for name, each in factors.items()
        if each.uncertainty is not None and each.value is not None
    }


def _source(is_known: bool, held: Sequence[str], lacking: Sequence[str]) -> str:
    told = [HOW] if is_known else []
    if is_known and held:
        told.append(f"held as the rules counted them, which nothing measures: {', '.join(held)}")
    if lacking:
        told.append(f"no measured uncertainty of {', '.join(lacking)}")
    return "; ".join(told)
