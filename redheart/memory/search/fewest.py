"""Of some sizes the subset with the smallest sum that suffices: meet in the middle, exact. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

#: Among more than so many, looking at all subsets takes longer than it can save.
MOST: Final = 22


def fewest(sizes: Sequence[int], enough: int) -> tuple[int, ...]:
    """Indices, ascending, of sizes (> 0) whose sum is the least that reaches `enough`; all if even they do not.

    Horowitz and Sahni, JACM 21 (1974): all sums of either half, one half sorted. Raises ValueError for over MOST sizes.
    """
    if len(sizes) > MOST:
        raise ValueError(f"{len(sizes)} sizes have too many subsets to look at. Give at most {MOST}.")
    if sum(sizes) <= enough:
        return tuple(range(len(sizes)))
    half = len(sizes) // 2
    near, far = _sums(sizes[:half]), sorted(zip(_sums(sizes[half:]), range(1 << (len(sizes) - half)), strict=True))
    totals = [total for total, _ in far]
    best: tuple[int, int, int] | None = None  # sum, subset of the first half, place in `far`
    for subset, total in enumerate(near):
        at = bisect_left(totals, enough - total)
        if at < len(totals) and (best is None or total + totals[at] <= best[0]):
            best = (total + totals[at], subset, at)
    assert best is not None  # all of them together are enough
    chosen = best[1] | far[best[2]][1] << half
    return tuple(index for index in range(len(sizes)) if chosen >> index & 1)


def _sums(sizes: Sequence[int]) -> list[int]:
    """Sum of each subset, by the bits of its number."""
    sums = [0]
    for size in sizes:
        sums += [total + size for total in sums]
    return sums
