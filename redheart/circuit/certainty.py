"""How sure the felicific value of one subject is, where every factor's uncertainty is known; else why it is null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Felicific, Stake
from redheart.calculus.propagation import core_deviation, score_deviation
from redheart.types.readings import BENTHAM_FACTORS, Factor

HOW = "first order from independent factors (fecundity and purity err together), plus the sign's own variance"


@dataclass(frozen=True, slots=True)
class Certainty:
    """Standard deviations, or None, and how they came about."""

    core: float | None
    score: float | None
    source: str


def certainty_of(together: Stake, factors: Mapping[str, Factor], value: Felicific, discount: str) -> Certainty:
    """`together` is the one stake of all persons, who share one reading and its errors."""
    known = {name: each.uncertainty for name, each in factors.items() if each.uncertainty is not None}
    lacking = [name for name in BENTHAM_FACTORS if name not in known]
    core = score = None
    if value.core is not None and not set(lacking) & set(CIRCUMSTANCES):
        core = core_deviation(together, {name: known[name] for name in CIRCUMSTANCES}, discount)
    if value.score is not None and not lacking:
        costs = {name: found for name in COST_WEIGHTS if (found := factors[name].value) is not None}
        score = score_deviation(together, costs, known, value.weight, discount)
    missing = f"no measured uncertainty of {', '.join(lacking)}" if lacking else ""
    return Certainty(core, score, "; ".join(part for part in (HOW if core is not None else "", missing) if part))
