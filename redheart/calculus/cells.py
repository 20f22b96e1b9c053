"""Counted samples -> specific information of every set of agents, over all cells or only the occupied ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.agent_sets import AgentSets
from redheart.errors import BudgetError

Path = Literal["dense", "occupied"]
Codes = NDArray[Any]  # small whole numbers
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Nanoseconds on one core, measured: a cell of the dense array; a sample to find the occupied cells; a sample of a set
#: that is sorted, that is counted; what a set costs whatever its size.
_DENSE_NS: Final = 18.0
_FIND_NS: Final = 100.0
_SORTED_NS: Final = 16.0
_COUNTED_NS: Final = 5.0
_SET_NS: Final = 30_000.0
#: A set is counted over all its cells while they are at most this many a sample.
_CELLS_A_SAMPLE: Final = 4
#: Cells worked on at once: what a core's cache holds.
_AT_ONCE: Final = 2**17
#: Python's tuples and dictionary entries of one set, over three dictionaries; sorting one set's values.
_BYTES_A_SET: Final = 600
_LATTICE_ARRAYS: Final = 8


@dataclass(frozen=True, slots=True)
class Binned:
    """`target` (N,) and `agents` (n, N): bin numbers; `bins`: how many there are, target first."""

    target: Codes
    agents: Codes
    bins: tuple[int, ...]

    @property
    def samples(self) -> int:
        """N."""
        return len(self.target)


@dataclass(frozen=True, slots=True)
class SpecificInformation:
    """`values` (sets, states) in bits: KL(p(a|t) || p(a)), for each state t that occurs; `p` (states,) of those."""

    values: Floats
    p: Floats
    path: Path


def specific_information(binned: Binned, sets: AgentSets, max_bytes: int) -> SpecificInformation:
    """i_t(c) = sum over a of p(a|t) log2(p(t|a) / p(t)) for every set c (DeWeese and Meister 1999).

    Takes the quicker of two ways that fits: all cells of the histogram, or only the occupied ones. Both give the same
    values but for rounding. Raises BudgetError where neither fits into `max_bytes`.
    """
    path = _choose(binned, sets, max_bytes)
    states = np.bincount(binned.target, minlength=binned.bins[0])
    sums = _over_all_cells(binned)[:, sets.masks].T if path == "dense" else _over_occupied_cells(binned, sets)
    seen = states > 0
    p = states[seen] / binned.samples
    return SpecificInformation(sums[:, seen] / states[seen] - np.log2(p), p, path)


def _choose(binned: Binned, sets: AgentSets, max_bytes: int) -> Path:
    lattice = len(sets.names) * (_LATTICE_ARRAYS * 8 * binned.bins[0] + _BYTES_A_SET)
    dense = _dense_cells(binned)
    need: dict[Path, float] = {
        "dense": lattice + 8.0 * (dense + 4 * max(_AT_ONCE, dense / binned.bins[0]) + 2 * binned.samples),
        "occupied": lattice + 8.0 * binned.samples * (len(binned.agents) + 10 + 2 * _CELLS_A_SAMPLE),
    }
    fitting = [path for path in need if need[path] <= max_bytes]
    if not fitting:
        least = min(need.values())
        raise BudgetError(
            f"{len(sets.names)} sets of {len(binned.agents)} agents need {least / 2**20:.0f} MiB, and max_bytes allows "
            f"'{max_bytes / 2**20:.0f}' MiB. Lower max_order, take fewer agents, or allow more."
        )
    if len(fitting) == 1:
        return fitting[0]
    if _DENSE_NS * dense < _SET_NS * len(sets.names):
        return "dense"
    occupied = _FIND_NS * binned.samples + sum(_set_ns(binned, names) for names in sets.names)
    return "dense" if _DENSE_NS * dense < occupied else "occupied"


def _dense_cells(binned: Binned) -> float:
    """Cells with a slot for the sum along every agent's axis."""
    return float(binned.bins[0]) * float(np.prod([float(count + 1) for count in binned.bins[1:]]))


def _set_ns(binned: Binned, names: Sequence[int]) -> float:
    cells = float(binned.bins[0])
    for agent in names:
        cells *= binned.bins[agent]
    counted = cells <= _CELLS_A_SAMPLE * binned.samples
    return _SET_NS + binned.samples * (_COUNTED_NS if counted else _SORTED_NS)


def _over_all_cells(binned: Binned) -> Floats:
    """(states, 2**n): sum over a of n(t, a) log2(n(t, a) / n(a)) by state and set mask, in one pass over the cells.

    Every agent's axis has one slot more, for the sum over it: the array holds the counts of all sets at once.
    """
    states, sides = binned.bins[0], [count + 1 for count in binned.bins[:0:-1]]  # the last agent is the slowest axis
    code = binned.target.astype(np.int64)
    for agent, side in zip(binned.agents[::-1], sides, strict=True):
        code *= side
        code += agent
    cells = math.prod(sides)
    counts = np.bincount(code, minlength=states * cells).reshape(states, cells)
    _fill_sums(counts, sides)
    log_together = _log2(counts.sum(0))
    rows = max(1, _AT_ONCE // cells)
    parts = [counts[at : at + rows] for at in range(0, states, rows)]
    return np.concatenate([_marginals(part * (_log2(part) - log_together), sides) for part in parts])


def _log2(counts: Counts) -> Floats:
    """0 where there is nothing: 0 log 0 = 0. Each number that can occur is taken once, where that is less work."""
    most = int(counts.max())
    if most < counts.size:
        table: Floats = np.log2(np.maximum(np.arange(most + 1), 1))
        return table.take(counts)
    logs: Floats = np.log2(np.maximum(counts, 1))
    return logs


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


def _over_occupied_cells(binned: Binned, sets: AgentSets) -> Floats:
    """(sets, states): the same sums over the cells that hold a sample."""
    cells, counts = _occupied(binned)
    target, agents = cells[0], cells[1:]
    states = binned.bins[0]
    sums = np.empty((len(sets.names), states))
    for row, names in enumerate(sets.names):
        code, size = target, states
        for agent in names:  # the target stays the fastest digit
            if size >= 2**62 // binned.bins[agent]:
                code, size = _renumbered(code, states), states * len(code)
            code, size = code + size * agents[agent - 1], size * binned.bins[agent]
        few = size <= _CELLS_A_SAMPLE * binned.samples
        sums[row] = _counted(code, counts, size, states) if few else _sorted(code, counts, states)
    return sums


def _occupied(binned: Binned) -> tuple[Codes, Counts]:
    """(1 + n, cells) bin numbers and (cells,) counts of the distinct samples."""
    code, size = binned.target.astype(np.int64), binned.bins[0]
    for row, count in zip(binned.agents, binned.bins[1:], strict=True):
        if size >= 2**62 // count:
            code, size = np.unique(code, return_inverse=True)[1], len(code)
        code *= count
        code += row
        size *= count
    order = np.argsort(code)
    starts = _starts(code[order])
    one_each = order[starts]
    cells = np.stack([row[one_each].astype(np.int64) for row in (binned.target, *binned.agents)])
    return cells, np.diff(np.append(starts, len(order)))


def _renumbered(code: Codes, states: int) -> Codes:
    """The same cells under small numbers, the target still the fastest digit."""
    numbers: Codes = np.unique(code // states, return_inverse=True)[1] * states + code % states
    return numbers


def _starts(ordered: Codes) -> Codes:
    """Where a new value begins."""
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _counted(code: Codes, counts: Counts, size: int, states: int) -> Floats:
    joint = np.bincount(code, weights=counts, minlength=size).astype(np.int64).reshape(-1, states)
    information: Floats = (joint * (_log2(joint) - _log2(joint.sum(1))[:, None])).sum(0)
    return information


def _sorted(code: Codes, counts: Counts, states: int) -> Floats:
    order = np.argsort(code)
    ordered = code[order]
    starts = _starts(ordered)
    joint, cell = np.add.reduceat(counts[order], starts), ordered[starts]
    firsts = _starts(cell // states)
    alone = np.repeat(np.add.reduceat(joint, firsts), np.diff(np.append(firsts, len(cell))))
    information: Floats = np.bincount(
        cell % states, weights=joint * (_log2(joint) - _log2(alone)), minlength=states
    ).astype(np.float64)
    return information
