"""Specific information over the cells of a histogram that hold a sample, one set of agents after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from redheart.calculus.cells.agent_sets import AgentSet, AgentSets
from redheart.calculus.cells.binned import Binned, Codes, Counts, Floats
from redheart.calculus.cells.logarithms import log2_of

#: A set is counted over all its cells while they are at most this many a sample, and sorted beyond.
CELLS_A_SAMPLE: Final = 4
#: Cells of counted sets that are kept for their subsets, at most, for each sample.
KEPT_A_SAMPLE: Final = 8
_WORD_BITS: Final = 62  # numbers of cells stay below


def over_occupied_cells(binned: Binned, sets: AgentSets) -> tuple[Floats, Counts]:
    """As `over_all_cells`. Larger sets come first: what was counted of one is summed up for its subsets."""
    cells, counts = _occupied(binned)
    states, tables = binned.bins[0], _Tables(binned, cells, counts)
    sums = np.empty((len(sets.names), states))
    for row in range(len(sets.names) - 1, -1, -1):
        names = sets.names[row]
        table = tables.of(names)
        if table is None:
            sides = [binned.bins[agent] for agent in names]
            sums[row] = _sorted(cells[0], _packed(cells[list(names)], sides, states), counts, states)
        else:
            sums[row] = _informations(table.reshape(-1, states))
    return sums, np.bincount(cells[0], weights=counts, minlength=states).astype(np.int64)


class _Tables:
    """Counts of sets over all their cells: (last agent, ..., first agent, target), kept while there is room."""

    def __init__(self, binned: Binned, cells: Codes, counts: Counts) -> None:
        self._binned, self._cells, self._counts = binned, cells, counts
        self._kept: dict[AgentSet, Counts] = {}
        self._room = KEPT_A_SAMPLE * binned.samples

    def of(self, names: AgentSet) -> Counts | None:
        """The table of a set; None where it would have too many cells."""
        sides = [self._binned.bins[agent] for agent in (*names[::-1], 0)]
        if math.prod(sides) > CELLS_A_SAMPLE * self._binned.samples:
            return None
        table = self._summed(names)
        if table is None:
            table = self._counted(sides, names)
        if len(names) > 1 and table.size <= self._room:
            self._room -= table.size
            self._kept[names] = table
        return table

    def _summed(self, names: AgentSet) -> Counts | None:
        """From a kept set of one agent more, where that is quicker than counting."""
        for agent in range(1, len(self._binned.bins)):
            above = self._kept.get(tuple(sorted({*names, agent})))
            if above is not None and agent not in names and above.size <= 2 * self._binned.samples:
                place = sum(other > agent for other in names)
                summed: Counts = np.einsum(
                    "ijk->ik", above.reshape(math.prod(above.shape[:place]), above.shape[place], -1)
                )
                return summed.reshape(above.shape[:place] + above.shape[place + 1 :])
        return None

    def _counted(self, sides: Sequence[int], names: AgentSet) -> Counts:
        code = self._cells[names[-1]]
        for agent, side in zip((*names[-2::-1], 0), sides[1:], strict=True):
            code = code * side + self._cells[agent]
        found = np.bincount(code, weights=self._counts, minlength=math.prod(sides))
        return found.astype(np.int64).reshape(sides)


def _informations(joint: Counts) -> Floats:
    """(cells, states) -> (states,)."""
    logs = log2_of(joint)
    logs -= log2_of(joint.sum(1))[:, None]
    logs *= joint
    information: Floats = logs.sum(0)
    return information


def _occupied(binned: Binned) -> tuple[Codes, Counts]:
    """(1 + n, cells) bin numbers and (cells,) counts of the distinct samples, sorted with the target as last digit."""
    widths = _widths(binned.bins)
    if sum(widths) > _WORD_BITS:
        found, counts = np.unique(np.vstack([binned.target, binned.agents]), axis=1, return_counts=True)
        return found.astype(np.int64), counts
    code = _shifted((binned.target, *binned.agents), widths)
    code.sort()  # sorting the cells and taking them apart again is quicker than sorting where they came from
    starts = _starts(code)
    left = code[starts]
    cells = np.empty((len(widths), len(left)), dtype=code.dtype)
    for row, width in zip(cells, widths, strict=True):
        np.bitwise_and(left, (1 << width) - 1, out=row)
        left >>= width
    return cells, _lengths(starts, len(code))


def _widths(bins: Sequence[int]) -> list[int]:
    return [(count - 1).bit_length() for count in bins]


def _shifted(rows: Sequence[Codes], widths: Sequence[int], spare: int = 0) -> Codes:
    """(rows, cells) -> (cells,): one number a cell, the first row in its lowest bits; room for `spare` bits more."""
    code: Codes = np.zeros(len(rows[0]), dtype=np.int32 if sum(widths) + spare < 31 else np.int64)
    for row, width in zip(reversed(rows), reversed(widths), strict=True):
        code <<= width
        code |= row
    return code


def _packed(agents: Codes, bins: Sequence[int], states: int) -> Codes:
    """(agents, cells) -> (cells,): equal where all agents are, and small enough for the target's bits beside it."""
    widths = _widths(bins)
    if sum(widths) <= _WORD_BITS // 2:
        return _shifted(list(agents), widths, spare=(states - 1).bit_length())
    code, used = agents[0].astype(np.int64), widths[0]
    for row, width in zip(agents[1:], widths[1:], strict=True):
        if used + width > _WORD_BITS:
            code, used = _numbered(code), _WORD_BITS // 2
        code, used = code << width | row, used + width
    return _numbered(code)


def _numbered(code: Codes) -> Codes:
    """Distinct values, numbered from 0: as many bits as there are samples."""
    return np.asarray(np.unique(code, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def _starts(ordered: Codes) -> Codes:
    """Where a new value begins."""
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _lengths(starts: Codes, size: int) -> Counts:
    """How many there are from each start to the next. Small numbers: what is not written costs no fresh memory."""
    lengths: Codes = np.empty(len(starts), dtype=np.int32 if size < 2**31 else np.int64)
    np.subtract(starts[1:], starts[:-1], out=lengths[:-1], casting="unsafe")
    lengths[-1] = size - starts[-1]
    return lengths


def _sorted(target: Codes, agents: Codes, counts: Counts, states: int) -> Floats:
    width = (states - 1).bit_length()
    code = agents << width
    code |= target
    if (code[1:] < code[:-1]).any():
        order = np.argsort(code)
        code, counts = code[order], counts[order]
    if (code[1:] == code[:-1]).any():
        starts = _starts(code)
        code, counts = code[starts], np.add.reduceat(counts, starts)
    logs = log2_of(counts)
    cells = code >> width
    firsts = _starts(cells)
    logs -= np.repeat(log2_of(np.add.reduceat(counts, firsts)), _lengths(firsts, len(cells)))
    logs *= counts
    code &= (1 << width) - 1
    information: Floats = np.bincount(code, weights=logs, minlength=states).astype(np.float64)
    return information
