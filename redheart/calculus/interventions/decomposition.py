"""Interventional decomposition of one target over all subsets of n units: unique, redundant, synergistic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["synergistic", "unique", "redundant"]

#: Below this variance, in the target's unit squared, there is nothing to share out.
LEAST_VARIANCE: Final = 1e-6
#: A coefficient of at most this share of the target's standard deviation has no sign.
TOLERANCE: Final = 1e-9
_ROUNDING: Final = 4 * float(np.finfo(np.float64).eps)


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
    """Terms by size, then by units. `shares` is None where there is nothing to share out, `reason` then says why.

    `below_noise` counts sets that were estimated from a sample but not told from its noise; their part is in the leak.
    """

    shares: Shares | None
    reason: str | None
    terms: tuple[Term, ...]
    mean: float
    variance: float
    below_noise: int = 0


def decompose(n: int, values: NDArray[np.float64], *, resolution: float = 0.0) -> Decomposition:
    """`values` (2**n,): the target for each row of `all_subsets(n)`.

    Exact Walsh-Fourier decomposition under the uniform measure on subsets (present +1, absent -1): the variance is the
    sum of squared coefficients of the non-empty sets. A coefficient has no sign up to 1e-9 of the standard deviation,
    or up to `resolution`: what the caller knows to be rounding of the target, in its unit. Kinds:
    (1) a single unit is unique;
    (2) a pair is redundant if its first-order coefficients share a sign and its own has the opposite one;
    (3) a larger set is redundant if its members share a sign and its pairs' coefficients sum to the opposite one;
    (4) everything else is synergistic.
    Raises ValueError for a wrong length or a value that is not finite.
    """
    target = checked_values(2**n, values)
    mean, variance = float(target.mean()), float(target.var())
    if reason := nothing_to_share(n, variance, resolution):
        return Decomposition(None, reason, (), mean, variance)
    coefficients = walsh_coefficients(target - mean)
    floor = sign_floor(target, variance, resolution)
    by_set = {
        units: float(coefficients[sum(1 << unit for unit in units)])
        for size in range(1, n + 1)
        for units in combinations(range(n), size)
    }
    kind = kind_rule(by_set, lambda units: floor)
    terms = tuple(Term(units, kind(units), c, min(1.0, c**2 / variance)) for units, c in by_set.items())
    return Decomposition(shares_of(terms, leak=0.0), None, terms, mean, variance)


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


def checked_values(rows: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values as float64. Raises ValueError for a wrong shape or a value that is not finite."""
    target = np.asarray(values, dtype=np.float64)
    if target.shape != (rows,):
        raise ValueError(f"values have the shape '{target.shape}'; the design needs ({rows},), one value a subset")
    if not np.isfinite(target).all():
        raise ValueError("a value of a subset is not finite; read that subset again")
    return target


def nothing_to_share(n: int, variance: float, resolution: float) -> str | None:
    """Why there is nothing to decompose, or None."""
    if n < 2:
        return f"{n} unit(s): a decomposition needs at least two"
    if variance < LEAST_VARIANCE or variance <= resolution**2:
        return f"the target does not vary over the subsets that were read (standard deviation {variance**0.5:.3g})"
    return None


def sign_floor(target: NDArray[np.float64], variance: float, resolution: float) -> float:
    """Up to which size a coefficient has no sign: tolerance, the caller's resolution, or float64's own rounding."""
    return float(max(TOLERANCE * variance**0.5, resolution, _ROUNDING * np.abs(target).max()))


def kind_rule(
    coefficients: Mapping[tuple[int, ...], float], floor: Callable[[tuple[int, ...]], float]
) -> Callable[[tuple[int, ...]], Kind]:
    """Rules (1) to (4) over the coefficients of singles and pairs; up to `floor(set)` a coefficient has no sign."""

    def sign(unit: int) -> int:
        coefficient = coefficients[(unit,)]
        return 0 if abs(coefficient) <= floor((unit,)) else (1 if coefficient > 0 else -1)

    def kind(units: tuple[int, ...]) -> Kind:
        if len(units) == 1:  # (1)
            return "unique"
        signs = {sign(unit) for unit in units}
        if len(signs) != 1 or 0 in signs:  # (4)
            return "synergistic"
        # For a pair the sum has one summand, so (2) and (3) are one rule.
        pairs = sum(coefficients[pair] for pair in combinations(units, 2))
        return "redundant" if pairs * signs.pop() < -floor(units) else "synergistic"

    return kind


def shares_of(terms: tuple[Term, ...], leak: float | None) -> Shares:
    """Shares by kind; `leak` None takes what the terms leave. Where all was read what is left is rounding, clipped."""
    by_kind = dict.fromkeys(("synergistic", "unique", "redundant"), 0.0)
    for term in terms:
        by_kind[term.kind] += term.share
    left = max(0.0, 1.0 - sum(by_kind.values())) if leak is None else leak
    return Shares(**{kind: min(1.0, share) for kind, share in by_kind.items()}, leak=left)
