"""Decomposition of one target over a balanced sample of subsets: what is told from the noise, and what leaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.decomposition import (
    Decomposition,
    Term,
    checked_values,
    decompose,
    kind_rule,
    nothing_to_share,
    shares_of,
    sign_floor,
)
from redheart.calculus.subset_design import SubsetDesign

#: A pair or a triple is told apart from nothing where its coefficient is so many times its sampling noise.
TOLD_APART: Final = 3.0
#: Sets of more units are not estimated from a sample.
LARGEST: Final = 3


@dataclass(frozen=True, slots=True)
class _Noise:
    """Mean square of one coefficient's sampling error, for sets of an even and of an odd number of units."""

    even: float
    odd: float

    def of(self, units: tuple[int, ...]) -> float:
        return self.odd if len(units) % 2 else self.even


def decompose_design(design: SubsetDesign, values: NDArray[np.float64], *, resolution: float = 0.0) -> Decomposition:
    """`values` (M,): the target for each row of the design. Exact where the design holds every subset, else sampled.

    Raises ValueError for a wrong length or a value that is not finite.
    """
    if design.is_full:
        return decompose(design.units, values, resolution=resolution)
    return decompose_sample(design, values, resolution=resolution)


def decompose_sample(design: SubsetDesign, values: NDArray[np.float64], *, resolution: float = 0.0) -> Decomposition:
    """Terms: every unit, and each pair (triple, where the strength allows) of at least 3 times its sampling noise.

    (1) A coefficient is the mean of target times signs: the estimated sets are orthogonal and clear of one another.
    (2) Its noise is what larger sets leave in it. Row and complement split the target into an odd and an even half;
    in each, the mean square of the contrasts that stand for no estimated set is the mean square of that noise.
    (3) A share is the squared coefficient less the noise, never below 0, over the sample's variance.
    (4) The leak is what the shares leave: larger sets, and sets lost in the noise. So over-fitting is not explained.
    Kinds are those of `decompose`; a coefficient within 3 times its noise has no sign.
    """
    target = checked_values(len(design.rows), values)
    mean, variance = float(target.mean()), float(target.var())
    if reason := nothing_to_share(design.units, variance, resolution):
        return Decomposition(None, reason, (), mean, variance)
    by_set = dict(_coefficients(design, target - mean))
    noise = _noise(target - mean, by_set)
    floor = sign_floor(target, variance, resolution)
    least = {units: max(floor, TOLD_APART * noise.of(units) ** 0.5) for units in by_set}
    kind = kind_rule(by_set, lambda units: least[units])
    terms = tuple(
        Term(units, kind(units), c, max(0.0, c**2 - noise.of(units)) / variance)
        for units, c in by_set.items()
        if len(units) == 1 or abs(c) > least[units]
    )
    return Decomposition(shares_of(terms, leak=None), None, terms, mean, variance, len(by_set) - len(terms))


def _coefficients(design: SubsetDesign, centred: NDArray[np.float64]) -> Iterator[tuple[tuple[int, ...], float]]:
    """(1), by size, then by units."""
    signs = np.where(design.rows, 1.0, -1.0)  # (M, n)
    for size in range(1, min(LARGEST, design.strength // 2) + 1):
        sets = list(combinations(range(design.units), size))
        for at in range(0, len(sets), 512):
            chosen = np.array(sets[at : at + 512])  # (sets, size)
            means = centred @ signs[:, chosen].prod(axis=2) / len(centred)  # (M,) @ (M, sets) -> (sets,)
            yield from zip(sets[at : at + 512], means.tolist(), strict=True)


def _noise(centred: NDArray[np.float64], by_set: dict[tuple[int, ...], float]) -> _Noise:
    """(2). Half of the M contrasts are odd, half even; the even one of no unit is the mean, which is 0 here."""
    pairs = centred.reshape(-1, 2)  # (M,) -> (M / 2, row | complement)
    found = []
    for parity, half in ((0, pairs.sum(axis=1) / 2), (1, (pairs[:, 0] - pairs[:, 1]) / 2)):
        known = [c**2 for units, c in by_set.items() if len(units) % 2 == parity]
        others = len(pairs) - len(known) - (1 - parity)
        found.append(max(0.0, float((half**2).mean()) - sum(known)) / others)
    return _Noise(*found)
