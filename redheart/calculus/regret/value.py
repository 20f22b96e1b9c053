"""Regret by one variant: what is foreseen before the state is known, what is felt once it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from redheart.calculus.regret.outcomes import Matrix, Outcomes


class Variant(Protocol):
    """One theory of regret with its parameters; `rule` is its formula, with where it was published."""

    rule: ClassVar[str]

    def by_state(self, outcomes: Outcomes) -> Matrix:
        """(options, states): what choosing the option is felt as in that state; regret above 0, rejoicing below."""
        ...


@dataclass(frozen=True, slots=True)
class Experienced:
    """What is felt after the choice, once the state is known; one of the two is 0, both are >= 0."""

    regret: float
    rejoicing: float


@dataclass(frozen=True, slots=True, eq=False)
class Regret:
    """Anticipated `regret` and `rejoicing` (options,), each >= 0: expectations over the states of the two sides apart.

    `by_state` (options, states) is signed, regret above 0; `worst` (options,) is its largest value over the states.
    """

    regret: Matrix
    rejoicing: Matrix
    by_state: Matrix
    worst: Matrix

    @property
    def signed(self) -> Matrix:
        """(options,): regret less rejoicing."""
        return self.regret - self.rejoicing

    @property
    def least(self) -> int:
        """The option whose signed expectation is lowest, the first of equals."""
        return int(np.argmin(self.signed))

    @property
    def minimax(self) -> int:
        """The option whose worst state is least bad (Savage 1951), the first of equals."""
        return int(np.argmin(self.worst))

    def experienced(self, chosen: int, state: int) -> Experienced:
        """After option `chosen`, when `state` comes true. Raises ValueError for a position that is not there."""
        options, states = self.by_state.shape
        if not (0 <= chosen < options and 0 <= state < states):
            raise ValueError(f"option '{chosen}' in state '{state}': there are {options} options and {states} states")
        felt = float(self.by_state[chosen, state])
        return Experienced(regret=max(0.0, felt), rejoicing=max(0.0, -felt))


def anticipate(variant: Variant, outcomes: Outcomes) -> Regret:
    """The regret of every option by one variant. Raises ValueError where utilities are too far apart for a number."""
    with np.errstate(over="ignore"):
        felt = variant.by_state(outcomes)
    if not np.isfinite(felt).all():
        span = np.ptp(outcomes.utilities)
        raise ValueError(f"utilities '{span:g}' apart overflow the variant; give them in a smaller unit")
    return Regret(
        regret=np.maximum(felt, 0.0) @ outcomes.probabilities,
        rejoicing=np.maximum(-felt, 0.0) @ outcomes.probabilities,
        by_state=felt,
        worst=felt.max(axis=1),
    )
