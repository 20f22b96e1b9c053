"""Specific information over all cells of a histogram, for every set of agents in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from redheart.calculus.cells.agent_sets import AgentSets
from redheart.calculus.cells.binned import Binned, Codes, Counts, Floats
from redheart.calculus.cells.logarithms import log2_of, log2_table

#: Cells worked on at once: what a core's cache holds.
AT_ONCE: Final = 2**17


def over_all_cells(binned: Binned, sets: AgentSets) -> tuple[Floats, Counts]:
    """(sets, states) sum over a of n(t, a) log2(n(t, a) / n(a)), in one pass over the cells; (states,) samples of each.

    Every agent's axis has one slot more, for the sum over it: the array holds the counts of all sets at once.
    """
    states, sides = binned.bins[0], [count + 1 for count in binned.bins[:0:-1]]  # the last agent is the slowest axis
    cells = math.prod(sides)
    counts = np.bincount(_code(binned, sides, cells), minlength=states * cells).reshape(states, cells)
    together = counts.sum(0)
    _fill_sums(together, sides)
    table = log2_table(binned.samples) if binned.samples < counts.size else None
    log_together, step = log2_of(together), max(1, AT_ONCE // cells)
    values, found = np.empty((min(step, states), cells)), []
    for first in range(0, states, step):
        part = counts[first : first + step]
        _fill_sums(part, sides)
        found.append(_marginals(_informations(part, table, log_together, values[: len(part)]), sides))
    return np.concatenate(found)[:, sets.masks].T, counts[:, -1]


def _code(binned: Binned, sides: Sequence[int], cells: int) -> Codes:
    code: Codes = binned.target.astype(np.int32 if binned.bins[0] * cells < 2**31 else np.int64)
    for agent, side in zip(binned.agents[::-1], sides, strict=True):
        code *= side
        code += agent
    return code


def _informations(counts: Counts, table: Floats | None, log_together: Floats, out: Floats) -> Floats:
    """n(t, a) log2(n(t, a) / n(a)), (states, cells) -> `out` of the same shape."""
    if table is None:
        np.log2(np.maximum(counts, 1), out=out)
    else:
        np.take(table, counts, out=out, mode="clip")
    out -= log_together
    out *= counts
    return out


def _fill_sums(counts: Counts, sides: Sequence[int]) -> None:
    inner = 1
    for side in reversed(sides):
        view = counts.reshape(-1, side, inner)
        np.einsum("ijk->ik", view[:, :-1], out=view[:, -1])
        inner *= side


def _marginals(values: Floats, sides: Sequence[int]) -> Floats:
    """(states, cells) -> (states, 2**n): along each axis either the sum over it (bit set) or its slot of sums."""
    outer = len(values)
    for side in sides:
        view = values.reshape(outer, side, -1)
        values = np.empty((outer, 2, view.shape[2]))
        values[:, 0] = view[:, -1]
        np.einsum("ijk->ik", view[:, :-1], out=values[:, 1])
        outer *= 2
    return values.reshape(-1, 2 ** len(sides))
