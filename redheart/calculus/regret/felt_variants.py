"""Variants in which surprise amplifies regret: decision affect theory, and Red Heart's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from redheart.calculus.regret.outcomes import Matrix, Outcomes
from redheart.calculus.regret.parameters import at_least


@dataclass(frozen=True, slots=True)
class DecisionAffect:
    """The regret term of decision affect theory (Mellers et al. 1997; Mellers, Schwartz and Ritov 1999).

    Felt: A + B [u_a + d(u_a - u_b) (1 - s_a) + r(u_a - u_c) (1 - s_a s_c)], with u_b the outcome that the same option
    gives in the other states (their expectation where there are several), u_c the best forgone outcome of this state,
    s the belief in an outcome. d and r are linear on each side of 0, steeper for losses. A sure outcome surprises
    nobody, so it is not regretted here.
    """

    intercept: float = 0.0
    slope: float = 1.0
    loss_weight: float = 1.0
    gain_weight: float = 0.5
    rule: ClassVar[str] = "-B r(u - best forgone u) (1 - s s') (Mellers, Schwartz and Ritov 1999)"

    def __post_init__(self) -> None:
        at_least("slope", self.slope, 0.0)
        at_least("gain_weight", self.gain_weight, 0.0)
        at_least("loss_weight", self.loss_weight, self.gain_weight)
        if not np.isfinite(self.intercept):
            raise ValueError(f"intercept '{self.intercept}': give a finite number")

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), signed: what the comparison with the forgone option takes from the feeling."""
        return -self.slope * self._regret(outcomes)

    def felt(self, outcomes: Outcomes) -> Matrix:
        """(options, states): the whole feeling, disappointment with the option's own other outcomes included."""
        disappointment = self._compared(outcomes.utilities - _unobtained(outcomes)) * (1 - outcomes.belief)
        felt: Matrix = self.intercept + self.slope * (outcomes.utilities + disappointment + self._regret(outcomes))
        return felt

    def _regret(self, outcomes: Outcomes) -> Matrix:
        foreseen = outcomes.belief * np.take_along_axis(outcomes.belief, outcomes.rivals(), axis=0)
        felt: Matrix = self._compared(-outcomes.gaps()) * (1 - foreseen)
        return felt

    def _compared(self, gains: Matrix) -> Matrix:
        felt: Matrix = np.where(gains < 0, self.loss_weight, self.gain_weight) * gains
        return felt


def _unobtained(outcomes: Outcomes) -> Matrix:
    """(options, states): expected utility over the other states; the own one where no other state is possible."""
    weight = outcomes.probabilities * outcomes.utilities
    others = 1 - outcomes.probabilities
    elsewhere = weight.sum(axis=1, keepdims=True) - weight
    unobtained: Matrix = np.divide(elsewhere, others, out=outcomes.utilities.copy(), where=others > 0)
    return unobtained


@dataclass(frozen=True, slots=True)
class RedHeart:
    """Gap to the best outcome of the state, [.]_+^gamma, times agency (1 + k (1 - s)), s the belief in the outcome.

    `agency` (options,) in [0, 1]: how far the outcome would be one's own doing. 0 for the best act of every state;
    increases in the forgone gap, in surprise and in agency.
    """

    agency: tuple[float, ...]
    gamma: float = 1.0
    k: float = 1.0
    rule: ClassVar[str] = "[max u - u]^gamma agency (1 + k (1 - s)) (Red Heart)"

    def __post_init__(self) -> None:
        at_least("gamma", self.gamma, 1.0)
        at_least("k", self.k, 0.0)
        for value in self.agency:
            if not 0 <= value <= 1:
                raise ValueError(f"agency '{value}': it lies in [0, 1]")

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), >= 0. Raises ValueError unless there is one agency an option."""
        if len(self.agency) != len(outcomes.utilities):
            raise ValueError(f"'{len(self.agency)}' agencies for {len(outcomes.utilities)} options: give one for each")
        gaps = np.maximum(outcomes.gaps(), 0.0)
        felt: Matrix = gaps**self.gamma * np.array(self.agency)[:, None] * (1 + self.k * (1 - outcomes.belief))
        return felt
