"""The most bytes that can stay in the gaps of a cycle, byte by byte: a linear programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple


class Relaxed(NamedTuple):
    """The optimum: bytes that stay in each gap, and what one byte more of each room would let stay (>= 0)."""

    shares: tuple[float, ...]
    prices: tuple[float, ...]


def relax(sizes: Sequence[int], rooms: Mapping[tuple[int, ...], int]) -> Relaxed:
    """How many bytes stay if any byte may stay or leave. No plan keeps more in all.

    `sizes`: at most so many bytes may stay in each gap. `rooms`: gaps that share a room -> bytes of the room.
    """
    if not rooms or not any(sizes):
        return Relaxed(tuple(map(float, sizes)), (0.0,) * len(rooms))
    # Imported here: it takes most of a second, and where everything fits nobody needs it.
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    unit = max(sizes) / 1e6  # the solver's tolerances suit numbers up to a million
    columns = [gap for together in rooms for gap in together]
    row_ends = list(accumulate(map(len, rooms), initial=0))
    solved = linprog(
        -np.ones(len(sizes)),
        A_ub=csr_array((np.ones(len(columns)), columns, row_ends), shape=(len(rooms), len(sizes))),
        b_ub=np.array(list(rooms.values())) / unit,
        bounds=[(0, size / unit) for size in sizes],
        method="highs-ds",
    )
    prices = tuple(max(0.0, -float(price)) for price in solved.ineqlin.marginals)
    return Relaxed(tuple(float(share) * unit for share in solved.x), prices)
