"""The economists' variants: regret as a function of the gap to the best forgone outcome of the same state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from redheart.calculus.regret.outcomes import Matrix, Outcomes
from redheart.calculus.regret.parameters import at_least


@dataclass(frozen=True, slots=True)
class Savage:
    """r = max over a' of u(a', s), minus u(a, s): >= 0, and no rejoicing (Savage 1951)."""

    rule: ClassVar[str] = "max u - u (Savage 1951)"

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), >= 0, in the unit of the utilities."""
        return np.maximum(outcomes.gaps(), 0.0)


@dataclass(frozen=True, slots=True)
class LoomesSugden:
    """Q(d) = d + R(d) - R(-d) of the gap d, with R(d) = weight / 2 sign(d) |d|^exponent (Loomes and Sugden 1982).

    Q is odd, and convex for d > 0 at exponent >= 1: a large regret weighs more than small ones of the same sum.
    Exponent 1 gives back expected utility. Of two options the one preferred has a signed value of at most 0.
    """

    weight: float = 1.0
    exponent: float = 2.0
    rule: ClassVar[str] = "Q(best forgone u - u), Q(d) = d + weight sign(d) |d|^exponent (Loomes and Sugden 1982)"

    def __post_init__(self) -> None:
        at_least("weight", self.weight, 0.0)
        at_least("exponent", self.exponent, 1.0)

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), signed."""
        gaps = outcomes.gaps()
        return gaps + 2 * self._rejoice(gaps)

    def modified_utility(self, chosen: Matrix, forgone: Matrix) -> Matrix:
        """m = c(x) + R(c(x) - c(y)), of utilities x chosen and y forgone, any shape."""
        return chosen + self._rejoice(chosen - forgone)

    def _rejoice(self, gaps: Matrix) -> Matrix:
        felt: Matrix = self.weight / 2 * np.sign(gaps) * np.abs(gaps) ** self.exponent
        return felt


@dataclass(frozen=True, slots=True)
class Bell:
    """-f(v - v') with v' the best forgone outcome; f(d) = rejoicing_weight d above 0, regret_weight d below.

    f increases, and is at least as steep for losses (Bell 1982).
    """

    regret_weight: float = 1.0
    rejoicing_weight: float = 0.5
    rule: ClassVar[str] = "-f(v - best forgone v), f steeper for losses (Bell 1982)"

    def __post_init__(self) -> None:
        at_least("rejoicing_weight", self.rejoicing_weight, 0.0)
        at_least("regret_weight", self.regret_weight, self.rejoicing_weight)

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), signed."""
        return -self._felt(-outcomes.gaps())

    def utility(self, chosen: Matrix, forgone: Matrix) -> Matrix:
        """u(x, y) = v(x) + f(v(x) - v(y)), any shape."""
        return chosen + self._felt(chosen - forgone)

    def _felt(self, gains: Matrix) -> Matrix:
        felt: Matrix = np.where(gains < 0, self.regret_weight, self.rejoicing_weight) * gains
        return felt


@dataclass(frozen=True, slots=True)
class Chorus:
    """Sum over all rivals j of ln(1 + exp(beta (u_j - u))) - ln 2 (Chorus 2010).

    The offset ln 2 of each rival is taken off, so that equal options give 0; a better option goes below 0, down to
    -ln 2 a rival.
    """

    beta: float = 1.0
    rule: ClassVar[str] = "sum over rivals of ln(1 + exp(beta (u' - u))) - ln 2 (Chorus 2010)"

    def __post_init__(self) -> None:
        at_least("beta", self.beta, 0.0)

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states), signed, in nats."""
        utilities = outcomes.utilities
        gaps = utilities[None, :, :] - utilities[:, None, :]  # (options, rivals, states); an option's own term is 0
        felt: Matrix = (np.logaddexp(0.0, self.beta * gaps) - np.log(2.0)).sum(axis=1)
        return felt
