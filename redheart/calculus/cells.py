"""Counted samples -> specific information of every set of agents, over all cells or only the occupied ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.agent_sets import AgentSets, set_count
from redheart.errors import BudgetError

Path = Literal["dense", "occupied"]
Codes = NDArray[Any]  # small whole numbers
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Nanoseconds on one core, measured: a cell of the dense array; a sample to find the occupied cells; a sample of a set
#: that is sorted, that is counted; what a set costs whatever its size.
_DENSE_NS: Final = 18.0
_FIND_NS: Final = 30.0
_SORTED_NS: Final = 14.0
_COUNTED_NS: Final = 5.0
_SET_NS: Final = 30_000.0
#: A set is counted over all its cells while they are at most this many a sample.
_CELLS_A_SAMPLE: Final = 4
_WORD_BITS: Final = 62  # numbers of cells stay below
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
    sums, states = _over_all_cells(binned, sets) if path == "dense" else _over_occupied_cells(binned, sets)
    seen = states > 0
    p = states[seen] / binned.samples
    return SpecificInformation(sums[:, seen] / states[seen] - np.log2(p), p, path)


def refuse_too_many_sets(agents: int, max_order: int, states: int, max_bytes: int) -> None:
    """Raises BudgetError where `max_bytes` would not hold what the sets' names and values alone take."""
    _refuse(set_count(agents, max_order), agents, _sets_bytes(agents, max_order, states), max_bytes)


def _sets_bytes(agents: int, max_order: int, states: int) -> float:
    """Every set of agents has a redundancy, whatever the order of what is looked at together."""
    return set_count(agents, max_order) * _LATTICE_ARRAYS * 8.0 * states + 2.0**agents * _BYTES_A_SET


def _refuse(sets: int, agents: int, need: float, max_bytes: int) -> None:
    if need > max_bytes:
        raise BudgetError(
            f"{sets} sets of {agents} agents need {math.ceil(need / 2**20)} MiB, and max_bytes allows "
            f"'{max_bytes / 2**20:.0f}' MiB. Take fewer agents, lower max_order, or allow more."
        )


def _choose(binned: Binned, sets: AgentSets, max_bytes: int) -> Path:
    agents, states = sets.agents, binned.bins[0]
    lattice, dense = _sets_bytes(agents, len(sets.levels), states), _dense_cells(binned)
    need: dict[Path, float] = {
        "dense": lattice + 8.0 * (dense + 4 * max(_AT_ONCE, dense / states) + 2 * binned.samples),
        "occupied": lattice + 8.0 * binned.samples * (agents + 16 + 2 * _CELLS_A_SAMPLE),
    }
    _refuse(len(sets.names), agents, min(need.values()), max_bytes)
    fitting = [path for path in need if need[path] <= max_bytes]
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


def _over_all_cells(binned: Binned, sets: AgentSets) -> tuple[Floats, Counts]:
    """(sets, states) sum over a of n(t, a) log2(n(t, a) / n(a)), in one pass over the cells; (states,) samples of each.

    Every agent's axis has one slot more, for the sum over it: the array holds the counts of all sets at once.
    """
    states, sides = binned.bins[0], [count + 1 for count in binned.bins[:0:-1]]  # the last agent is the slowest axis
    cells = math.prod(sides)
    code: Codes = binned.target.astype(np.int32 if states * cells < 2**31 else np.int64)
    for agent, side in zip(binned.agents[::-1], sides, strict=True):
        code *= side
        code += agent
    counts = np.bincount(code, minlength=states * cells).reshape(states, cells)
    together = counts.sum(0)
    _fill_sums(together, sides)
    most = int(together[-1])  # N; no count is larger
    log_together, table = _log2(together), _log2_table(most) if most < counts.size else None
    rows = max(1, _AT_ONCE // cells)
    values, found = np.empty((rows, cells)), []
    for at in range(0, states, rows):
        part = counts[at : at + rows]
        _fill_sums(part, sides)
        found.append(_marginals(_informations(part, table, log_together, values[: len(part)]), sides))
    return np.concatenate(found)[:, sets.masks].T, counts[:, -1]


def _informations(counts: Counts, table: Floats | None, log_together: Floats, out: Floats) -> Floats:
    """n(t, a) log2(n(t, a) / n(a)), (states, cells) -> `out` of the same shape."""
    if table is None:
        np.log2(np.maximum(counts, 1), out=out)
    else:
        np.take(table, counts, out=out, mode="clip")
    out -= log_together
    out *= counts
    return out


def _log2_table(most: int) -> Floats:
    """log2 of 0 to `most`, 0 for 0: 0 log 0 = 0."""
    table: Floats = np.log2(np.maximum(np.arange(most + 1), 1))
    return table


def _log2(counts: Counts) -> Floats:
    """The same of an array. Each number that can occur is taken once, where that is less work."""
    most = int(counts.max())
    if most < counts.size:
        return _log2_table(most).take(counts)
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


def _over_occupied_cells(binned: Binned, sets: AgentSets) -> tuple[Floats, Counts]:
    """The same over the cells that hold a sample."""
    cells, counts = _occupied(binned)
    states = binned.bins[0]
    sums = np.empty((len(sets.names), states))
    for row, names in enumerate(sets.names):
        sides = [binned.bins[agent] for agent in names]
        size = states * math.prod(sides)
        if size <= _CELLS_A_SAMPLE * binned.samples:
            code = cells[names[-1]]
            for agent, side in zip(names[-2::-1], sides[-2::-1], strict=True):
                code = code * side + cells[agent]
            sums[row] = _counted(code * states + cells[0], counts, size, states)
        else:
            sums[row] = _sorted(cells[0], _packed(cells[list(names)], sides), counts, states)
    return sums, np.bincount(cells[0], weights=counts, minlength=states).astype(np.int64)


def _occupied(binned: Binned) -> tuple[Codes, Counts]:
    """(1 + n, cells) bin numbers and (cells,) counts of the distinct samples, sorted with the target as last digit."""
    widths = _widths(binned.bins)
    if sum(widths) > _WORD_BITS:
        found, counts = np.unique(np.vstack([binned.target, binned.agents]), axis=1, return_counts=True)
        return found.astype(np.int64), counts
    code = _shifted((binned.target, *binned.agents), widths)
    code.sort()  # sorting the cells and taking them apart again is quicker than sorting where they came from
    starts = _starts(code)
    left, cells = code[starts], []
    for width in widths:
        cells.append(left & ((1 << width) - 1))
        left = left >> width
    return np.stack(cells), np.diff(np.append(starts, len(code)))


def _widths(bins: Sequence[int]) -> list[int]:
    return [(count - 1).bit_length() for count in bins]


def _shifted(rows: Sequence[Codes], widths: Sequence[int]) -> Codes:
    """(rows, cells) -> (cells,): one number a cell, the first row in its lowest bits."""
    code = np.zeros(len(rows[0]), dtype=np.int64)
    for row, width in zip(reversed(rows), reversed(widths), strict=True):
        code <<= width
        code |= row
    return code


def _packed(agents: Codes, bins: Sequence[int]) -> Codes:
    """(agents, cells) -> (cells,): equal where all agents are, and small enough for the target's bits beside it."""
    widths = _widths(bins)
    if sum(widths) <= _WORD_BITS // 2:
        return _shifted(list(agents), widths)
    code, used = agents[0], widths[0]
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


def _counted(code: Codes, counts: Counts, size: int, states: int) -> Floats:
    joint = np.bincount(code, weights=counts, minlength=size).astype(np.int64).reshape(-1, states)
    logs = _log2(joint)
    logs -= _log2(joint.sum(1))[:, None]
    logs *= joint
    information: Floats = logs.sum(0)
    return information


def _sorted(target: Codes, agents: Codes, counts: Counts, states: int) -> Floats:
    width = (states - 1).bit_length()
    code = agents << width | target
    if (code[1:] < code[:-1]).any():
        order = np.argsort(code)
        code, counts = code[order], counts[order]
    starts = _starts(code)
    joint, cell = np.add.reduceat(counts, starts), code[starts]
    firsts = _starts(cell >> width)
    alone = np.repeat(np.add.reduceat(joint, firsts), np.diff(np.append(firsts, len(cell))))
    logs = _log2(joint)
    logs -= _log2(alone)
    logs *= joint
    information: Floats = np.bincount(cell & ((1 << width) - 1), weights=logs, minlength=states).astype(np.float64)
    return information
