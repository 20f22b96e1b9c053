"""What each option gives in each state of the world, how probable the states are, how expected each outcome was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]

#: Probabilities may miss a sum of 1 by their rounding, no more.
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """`utilities` (options, states), at least two options; `probabilities` (states,), sum 1.

    `belief` (options, states): the probability s that was given to this option's outcome of that state, in [0, 1].
    Left out, it is the probability of the state: what surprises is which state comes true.
    Raises ValueError for a wrong shape, a value that is not finite, or probabilities that are none.
    """

    utilities: Matrix
    probabilities: Matrix
    belief: Matrix

    def __init__(self, utilities: ArrayLike, probabilities: ArrayLike, belief: ArrayLike | None = None) -> None:
        values = _utilities(utilities)
        chances = _probabilities(probabilities, values.shape[1])
        expected = np.broadcast_to(chances, values.shape) if belief is None else _belief(belief, values.shape)
        for name, array in (("utilities", values), ("probabilities", chances), ("belief", expected)):
            held = np.array(array, dtype=np.float64)
            held.setflags(write=False)
            object.__setattr__(self, name, held)

    def gaps(self) -> Matrix:
        """(options, states): the best forgone outcome minus the own one, negative where the own one is better.

        Only the best forgone option counts (Quiggin 1994).
        """
        ordered = np.partition(self.utilities, -2, axis=0)
        best, second = ordered[-1], ordered[-2]
        gaps: Matrix = np.where(self.utilities == best, second, best) - self.utilities
        return gaps

    def rivals(self) -> NDArray[np.intp]:
        """(options, states): the best forgone option, the first of equals."""
        options = range(len(self.utilities))
        others = [np.where(np.arange(len(self.utilities))[:, None] == i, -np.inf, self.utilities) for i in options]
        return np.stack([np.argmax(each, axis=0) for each in others])


def _utilities(utilities: ArrayLike) -> Matrix:
    values = np.asarray(utilities, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 1:
        raise ValueError(f"utilities of shape '{values.shape}': regret needs two options or more by one state or more")
    if not np.isfinite(values).all():
        raise ValueError(f"utilities hold '{values[~np.isfinite(values)][0]}'; every outcome needs a finite utility")
    return values


def _probabilities(probabilities: ArrayLike, states: int) -> Matrix:
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.shape != (states,):
        raise ValueError(f"probabilities of shape '{chances.shape}': there are {states} states, give one for each")
    _refuse_outside_unit(chances, "probabilities")
    if abs(chances.sum() - 1) > _SUM_TOLERANCE:
        raise ValueError(f"probabilities sum to '{chances.sum():.12g}'; divide them by their sum")
    return chances


def _belief(belief: ArrayLike, shape: tuple[int, ...]) -> Matrix:
    expected = np.asarray(belief, dtype=np.float64)
    if expected.shape != shape:
        raise ValueError(f"belief of shape '{expected.shape}': give one for each of the {shape} utilities")
    _refuse_outside_unit(expected, "belief")
    return expected


def _refuse_outside_unit(values: Matrix, name: str) -> None:
    outside = ~((values >= 0) & (values <= 1))  # NaN is outside too
    if outside.any():
        raise ValueError(f"{name} hold '{values[outside][0]}'; they lie in [0, 1]")
