"""Which subsets of a text's units are read: all of them, or a balanced sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.interventions.subsets import all_subsets

#: Strength at which the effects of units and of pairs are orthogonal, and clear of one another and of triples.
CLEAR_PAIRS: Final = 5
#: A sample is read twice, by fractions drawn apart: what only one of them shows is no effect of those units.
FRACTIONS: Final = 2
_STRENGTHS: Final = (9, 7, 5)
#: In steps of so many the greedy search below finds the most columns: 18 in 512 rows, 24 in 1,024, 32 in 2,048.
_STEPS: Final = {10: 159, 11: 99}
_MOST_BITS: Final = 13


@dataclass(frozen=True, slots=True)
class SubsetSizes:
    """How much is read: all subsets of up to `exact_units`, two fractions of at least `rows` up to `sampled_units`."""

    exact_units: int = 8
    sampled_units: int = 32
    rows: int = 512

    def rows_of(self, n: int) -> int:
        """How many subsets of n units are read; 0 where there are too few units, or too many."""
        if n < 2 or n > max(self.exact_units, self.sampled_units):
            return 0
        if n <= self.exact_units or 2**n <= FRACTIONS * self.rows:
            return int(2**n)
        return int(FRACTIONS * 2 ** _bits(n, self.rows))


@dataclass(frozen=True, slots=True, eq=False)
class SubsetDesign:
    """rows (M, n) bool, unit present or absent; any `strength` columns hold each of their patterns equally often.

    A sample is one regular fraction, or two drawn apart, one after the other: row 2i + 1 is the complement of row 2i,
    so each unit is in exactly half the rows.
    """

    rows: NDArray[np.bool_]
    strength: int
    fractions: int = 1

    @property
    def units(self) -> int:
        """n."""
        return int(self.rows.shape[1])

    @property
    def is_full(self) -> bool:
        """Whether every subset is there, in the order of `all_subsets`."""
        return bool(len(self.rows) == 2**self.units)


def design_for(n: int, sizes: SubsetSizes, seed: int = 0) -> SubsetDesign | None:
    """The subsets of n units to read, None where `sizes.rows_of(n)` is 0. The seed matters to a sample alone."""
    rows = sizes.rows_of(n)
    if rows == 0:
        return None
    if rows == 2**n:
        return SubsetDesign(all_subsets(n), n)
    parts = [sampled_design(n, rows // FRACTIONS, FRACTIONS * seed + part) for part in range(FRACTIONS)]
    return SubsetDesign(np.concatenate([part.rows for part in parts]), parts[0].strength, FRACTIONS)


def sampled_design(n: int, rows: int, seed: int = 0) -> SubsetDesign:
    """A regular two-level fraction of `rows` subsets, a power of two, of the greatest strength found, at least 5.

    The seed draws which unit takes which column, and the subset that every row is shifted by: over the draws each
    coefficient's estimate is unbiased. Raises ValueError where so many units need more rows.
    """
    bits = rows.bit_length() - 1
    if rows != 2**bits or not 0 < bits <= _MOST_BITS or n <= bits:
        raise ValueError(
            f"'{rows}' of all subsets of {n} units are no sample. Take a power of two, of at most 2^{_MOST_BITS}, "
            "that is fewer than all."
        )
    random = np.random.default_rng(seed)
    for strength in _STRENGTHS:
        if len(columns := _columns(bits, strength)) >= n:
            return SubsetDesign(_drawn_rows(_spanning(random.permutation(columns), n), bits, random), strength)
    raise ValueError(f"'{rows}' subsets are too few for the pairs of {n} units. Take {2 * rows} or more.")


def _bits(n: int, least_rows: int) -> int:
    """log2 of the rows: the least that is asked for and holds n columns of strength 5."""
    for bits in range((least_rows - 1).bit_length(), _MOST_BITS + 1):
        if n <= len(_columns(bits, CLEAR_PAIRS)):
            return bits
    raise ValueError(f"'{n}' units are too many for a sample of at most 2^{_MOST_BITS} subsets. Leave some out.")


@lru_cache(maxsize=64)
def _columns(bits: int, strength: int) -> tuple[int, ...]:
    """Labels of `bits` bits, of which any `strength` are independent over GF(2); all have bit 0 set.

    Greedy: a label is taken unless an odd number of earlier ones, at most strength - 2, add up to it. As all are odd,
    no even number does, so what is independent by 4 is so by 5.
    """
    labels = np.arange(2 ** (bits - 1))  # without bit 0
    sums = np.zeros((strength - 1, len(labels)), dtype=bool)  # [j]: what j labels add up to
    sums[0, 0] = True
    found: list[int] = []
    for label in labels * _STEPS.get(bits, 1) % len(labels):
        if not sums[1::2, label].any():
            for j in range(strength - 2, 0, -1):
                sums[j] |= sums[j - 1, labels ^ label]
            found.append(int(label) << 1 | 1)
    return tuple(found)


def _spanning(columns: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """n of the columns that span what all of them span, so that no row comes twice; in the order given."""
    reduced: dict[int, int] = {}  # highest bit -> what has it
    first: list[int] = []
    then: list[int] = []
    for place, column in enumerate(columns.tolist()):
        while column and column.bit_length() in reduced:
            column ^= reduced[column.bit_length()]
        if column:
            reduced[column.bit_length()] = column
        (first if column else then).append(place)
    return columns[sorted((first + then)[:n])]


def _drawn_rows(columns: NDArray[np.int64], bits: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """(2^bits, n): row m holds unit i if message m and the unit's label share an odd number of bits, then shifted."""
    messages = np.arange(2**bits)
    shared = messages[:, None] & columns[None, :]
    odd = np.zeros(shared.shape, dtype=bool)
    for bit in range(bits):
        odd ^= (shared >> bit & 1).astype(bool)
    rows: NDArray[np.bool_] = odd ^ random.integers(0, 2, len(columns)).astype(bool)[None, :]
    return rows
