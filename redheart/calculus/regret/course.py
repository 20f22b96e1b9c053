"""How regret of an act or an omission goes over time: curves stated after Gilovich and Medvec (1995), not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redheart.calculus.regret.parameters import at_least

Kind = Literal["action", "inaction"]


@dataclass(frozen=True, slots=True)
class Course:
    """Two exponential declines; weights are relative to the regret of an act on its first day.

    The act starts higher and fades faster, so the two cross exactly once. Raises ValueError for figures that do not.
    """

    action_start: float
    action_half_life_days: float
    inaction_start: float
    inaction_half_life_days: float
    source: str

    def __post_init__(self) -> None:
        at_least("action_half_life_days", self.action_half_life_days, 1e-9)
        at_least("inaction_start", self.inaction_start, 1e-9)
        if not self.action_start > self.inaction_start:
            raise ValueError(f"action_start '{self.action_start}': it lies above inaction_start {self.inaction_start}")
        if not self.inaction_half_life_days > self.action_half_life_days:
            raise ValueError(
                f"inaction_half_life_days '{self.inaction_half_life_days}': "
                f"it lies above action_half_life_days {self.action_half_life_days}"
            )

    @property
    def crossing_days(self) -> float:
        """From here on the omission hurts more than the act."""
        faster = 1 / self.action_half_life_days - 1 / self.inaction_half_life_days
        return float(np.log2(self.action_start / self.inaction_start) / faster)


#: Some 160 days until the omission hurts more; the figures state the finding's direction and nothing more.
COURSES: Final[Mapping[str, Course]] = {
    "two_half_lives": Course(
        action_start=1.0,
        action_half_life_days=150.0,
        inaction_start=0.5,
        inaction_half_life_days=1800.0,
        source="stated, not measured: acts hurt more at first, omissions in the long run (Gilovich and Medvec 1995)",
    )
}


def regret_over_time(kind: Kind, days: ArrayLike, course: str = "two_half_lives") -> NDArray[np.float64]:
    """Weight in (0, 1] of the regret `days` after the choice, in the shape of `days`.

    Raises ValueError for another kind of regret, whose course nobody stated, an unknown course, or negative days.
    """
    if course not in COURSES:
        raise ValueError(f"course '{course}' is unknown. Choose one of: {', '.join(COURSES)}")
    if kind not in ("action", "inaction"):
        raise ValueError(f"kind '{kind}': a course is stated for action and inaction only")
    after = np.asarray(days, dtype=np.float64)
    if not (np.isfinite(after) & (after >= 0)).all():
        raise ValueError(f"days '{days!r}': give finite numbers of at least 0")
    curve = COURSES[course]
    start, half_life = (
        (curve.action_start, curve.action_half_life_days)
        if kind == "action"
        else (curve.inaction_start, curve.inaction_half_life_days)
    )
    weight: NDArray[np.float64] = start * np.exp2(-after / half_life)
    return weight
