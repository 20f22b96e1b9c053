"""Decomposition of one target over a balanced sample of subsets: what is told from the noise, and what leaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.interventions.decomposition import (
    Decomposition,
    Term,
    checked_values,
    decompose,
    kind_rule,
    nothing_to_share,
    shares_of,
    sign_floor,
)
from redheart.calculus.interventions.subset_design import SubsetDesign

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
    (3) In one fraction a large set of four or more looks wholly like one pair or unit. So there are two, drawn apart: a
    share is the product of both coefficients, unbiased, over the variance, and 0 where the two do not agree; they agree
    where they differ by no more than their mean. (Of a single fraction: the square less the noise.)
    (4) The leak is what the shares leave: larger sets, and sets lost in the noise. So over-fitting is not explained.
    Kinds are those of `decompose`; a coefficient within 3 times its noise has no sign.
    """
    target = checked_values(len(design.rows), values)
    mean, variance = float(target.mean()), float(target.var())
    if reason := nothing_to_share(design.units, variance, resolution):
        return Decomposition(None, reason, (), mean, variance)
    read = [_read(*part) for part in _fractions(design, target)]
    by_set = {units: sum(one.coefficients[units] for one in read) / len(read) for units in read[0].coefficients}
    floor = sign_floor(target, variance, resolution)
    least = {units: max(floor, TOLD_APART * _noise_of(units, read) ** 0.5) for units in by_set}
    kind = kind_rule(by_set, lambda units: least[units])
    terms = tuple(
        Term(units, kind(units), c, _square(units, read) / variance)
        for units, c in by_set.items()
        if len(units) == 1 or (abs(c) > least[units] and _agree(units, read))
    )
    return Decomposition(shares_of(terms, leak=None), None, terms, mean, variance, len(by_set) - len(terms))


@dataclass(frozen=True, slots=True)
class _Read:
    """What one fraction gave."""

    coefficients: dict[tuple[int, ...], float]
    noise: _Noise


def _fractions(design: SubsetDesign, target: NDArray[np.float64]) -> Iterator[tuple[SubsetDesign, NDArray[np.float64]]]:
    size = len(target) // design.fractions
    for at in range(0, len(target), size):
        yield SubsetDesign(design.rows[at : at + size], design.strength), target[at : at + size]


def _read(fraction: SubsetDesign, target: NDArray[np.float64]) -> _Read:
    centred = target - target.mean()
    by_set = dict(_coefficients(fraction, centred))
    return _Read(by_set, _noise(centred, by_set))


def _noise_of(units: tuple[int, ...], read: Sequence[_Read]) -> float:
    """Mean square error of the coefficients' mean."""
    return sum(one.noise.of(units) for one in read) / len(read) ** 2


def _square(units: tuple[int, ...], read: Sequence[_Read]) -> float:
    """(3), at least 0."""
    if len(read) == 1:
        return max(0.0, read[0].coefficients[units] ** 2 - read[0].noise.of(units))
    first, second = (one.coefficients[units] for one in read)
    return max(0.0, first * second) if _agree(units, read) else 0.0


def _agree(units: tuple[int, ...], read: Sequence[_Read]) -> bool:
    """(3). What one fraction alone shows differs from its other half by twice the mean."""
    found = [one.coefficients[units] for one in read]
    return max(found) - min(found) <= abs(sum(found)) / len(found)


def _coefficients(design: SubsetDesign, centred: NDArray[np.float64]) -> Iterator[tuple[tuple[int, ...], float]]:
    """(1), by size, then by units."""
    signs = np.where(design.rows, 1.0, -1.0)  # (M, n)
    for size in _sizes(design):
        sets = list(combinations(range(design.units), size))
        for at in range(0, len(sets), 512):
            chosen = np.array(sets[at : at + 512])  # (sets, size)
            means = centred @ signs[:, chosen].prod(axis=2) / len(centred)  # (M,) @ (M, sets) -> (sets,)
            yield from zip(sets[at : at + 512], means.tolist(), strict=True)


def _sizes(design: SubsetDesign) -> list[int]:
    """1 to LARGEST, as far as the strength keeps such sets clear and leaves a contrast to measure their noise by."""
    half, n = len(design.rows) // 2, design.units
    known = {1: n, 2: 1 + comb(n, 2), 3: n + comb(n, 3)}  # of the same parity, the mean among them
    return [size for size in range(1, min(LARGEST, design.strength // 2) + 1) if known[size] < half]


def _noise(centred: NDArray[np.float64], by_set: dict[tuple[int, ...], float]) -> _Noise:
    """(2). Half of the M contrasts are odd, half even; the even one of no unit is the mean, which is 0 here."""
    pairs = centred.reshape(-1, 2)  # (M,) -> (M / 2, row | complement)
    found = []
    for parity, half in ((0, pairs.sum(axis=1) / 2), (1, (pairs[:, 0] - pairs[:, 1]) / 2)):
        known = [c**2 for units, c in by_set.items() if len(units) % 2 == parity]
        others = len(pairs) - len(known) - (1 - parity)
        found.append(max(0.0, float((half**2).mean()) - sum(known)) / others)
    return _Noise(*found)
