"""Regret of options over states of the world, by the theory that is named; all of them, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from numpy.typing import ArrayLike

from redheart.calculus.regret.course import COURSES, Course, regret_over_time
from redheart.calculus.regret.felt_variants import DecisionAffect, RedHeart
from redheart.calculus.regret.forgone import anticipated_regret, best_rivals
from redheart.calculus.regret.gap_variants import Bell, Chorus, LoomesSugden, Savage
from redheart.calculus.regret.outcomes import Outcomes
from redheart.calculus.regret.turnout import best_probabilities, turnout
from redheart.calculus.regret.value import Experienced, Regret, Variant, anticipate

#: Name -> the variant; its keyword arguments are the parameters, defaults stated and not fitted.
VARIANTS: Final[Mapping[str, Callable[..., Variant]]] = {
    "savage": Savage,
    "loomes_sugden": LoomesSugden,
    "bell": Bell,
    "decision_affect": DecisionAffect,
    "chorus": Chorus,
    "redheart": RedHeart,
}

__all__ = [
    "COURSES", "VARIANTS", "Bell", "Chorus", "Course", "DecisionAffect", "Experienced", "LoomesSugden", "Outcomes",
    "RedHeart", "Regret", "Savage", "Variant", "anticipate", "anticipated_regret", "best_probabilities",
    "best_rivals", "regret", "regret_over_time", "turnout",
]  # fmt: skip


def regret(variant: str, utilities: ArrayLike, probabilities: ArrayLike, **parameters: Any) -> Regret:
    """Regret of every option: `utilities` (options, states), `probabilities` (states,), parameters of the variant.

    Raises ValueError for an unknown variant or parameter, one out of range, or outcomes that are none.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant '{variant}' is unknown. Choose one of: {', '.join(VARIANTS)}")
    try:
        made = VARIANTS[variant](**parameters)
    except TypeError as error:
        raise ValueError(f"'{variant}' was given {sorted(parameters)}: {error}") from error
    return anticipate(made, Outcomes(utilities, probabilities))
