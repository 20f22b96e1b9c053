"""Interventional decomposition of one target over all subsets of n units: unique, redundant, synergistic."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["synergistic", "unique", "redundant"]

#: A spread or coefficient below this share of the largest |value| is rounding of a float32 model, not an effect.
RELATIVE_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Term:
    """One non-empty set of units: its signed coefficient in the target's unit, its share of the variance in [0, 1]."""

    units: tuple[int, ...]
    kind: Kind
    coefficient: float
    share: float


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the variance in [0, 1]; they sum to 1."""

    synergistic: float
    unique: float
    redundant: float
    leak: float


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Terms by size, then by units. `shares` is None where there is nothing to share out, `reason` then says why."""

    shares: Shares | None
    reason: str | None
    terms: tuple[Term, ...]
    mean: float
    variance: float


def decompose(n: int, values: NDArray[np.float64]) -> Decomposition:
    """`values` (2**n,): the target for each row of `all_subsets(n)`.

    Exact Walsh-Fourier decomposition under the uniform measure on subsets (present +1, absent -1): the variance is the
    sum of squared coefficients of the non-empty sets. Kinds:
    (1) a single unit is unique;
    (2) a pair is redundant if its first-order coefficients share a sign and its own has the opposite one;
    (3) a larger set is redundant if its members share a sign and its pairs' coefficients sum to the opposite one;
    (4) everything else is synergistic.
    Raises ValueError for a wrong length or a value that is not finite.
    """
    target = _checked(n, values)
    mean, variance = float(target.mean()), float(target.var())
    floor = RELATIVE_TOLERANCE * float(np.abs(target).max())
    if n < 2:
        return Decomposition(None, f"{n} unit(s): a decomposition needs at least two", (), mean, variance)
    if variance <= floor**2:
        reason = f"the target does not vary over the subsets (standard deviation {variance**0.5:.3g})"
        return Decomposition(None, reason, (), mean, variance)
    terms = _terms(n, walsh_coefficients(target), floor, variance)
    return Decomposition(_totals(terms), None, terms, mean, variance)


def walsh_coefficients(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2**n,) -> (2**n,): entry k is the mean of value times product of +-1 over the units whose bit is set in k."""
    coefficients = np.array(values, dtype=np.float64)
    size, half = len(coefficients), 1
    while half < size:
        blocks = coefficients.reshape(-1, 2, half)  # (2**n,) -> (rest, absent | present, bits below)
        absent, present = blocks[:, 0].copy(), blocks[:, 1].copy()
        blocks[:, 0], blocks[:, 1] = absent + present, present - absent
        half *= 2
    return coefficients / size


def _checked(n: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    target = np.asarray(values, dtype=np.float64)
    if target.shape != (2**n,):
        raise ValueError(f"values have the shape '{target.shape}'; {n} units need ({2**n},), one value a subset")
    if not np.isfinite(target).all():
        raise ValueError("a value of a subset is not finite; read that subset again")
    return target


def _terms(n: int, coefficients: NDArray[np.float64], floor: float, variance: float) -> tuple[Term, ...]:
    signs = np.where(np.abs(coefficients) > floor, np.sign(coefficients), 0.0)
    terms = []
    for size in range(1, n + 1):
        for units in combinations(range(n), size):
            coefficient = float(coefficients[_row(units)])
            kind = _kind(units, signs, coefficients, floor)
            terms.append(Term(units, kind, coefficient, min(1.0, coefficient**2 / variance)))
    return tuple(terms)


def _kind(units: tuple[int, ...], signs: NDArray[np.float64], coefficients: NDArray[np.float64], floor: float) -> Kind:
    if len(units) == 1:  # (1)
        return "unique"
    members = {float(signs[_row((unit,))]) for unit in units}
    if len(members) != 1 or 0.0 in members:  # (4)
        return "synergistic"
    # For a pair the sum has one summand, so (2) and (3) are one rule.
    pairs = sum(float(coefficients[_row(pair)]) for pair in combinations(units, 2))
    return "redundant" if pairs * members.pop() < -floor else "synergistic"


def _row(units: tuple[int, ...]) -> int:
    return sum(1 << unit for unit in units)


def _totals(terms: tuple[Term, ...]) -> Shares:
    """Shares by kind. Every subset was read, so what is left is rounding, and only rounding is clipped."""
    by_kind = dict.fromkeys(("synergistic", "unique", "redundant"), 0.0)
    for term in terms:
        by_kind[term.kind] += term.share
    clipped = {kind: min(1.0, share) for kind, share in by_kind.items()}
    left = 1.0 - sum(by_kind.values())
    return Shares(**clipped, leak=0.0 if abs(left) < 1e-9 else max(0.0, left))
