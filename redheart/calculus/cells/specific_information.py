"""Specific information of every set of agents, by the quicker of two ways of counting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from redheart.calculus.cells.agent_sets import AgentSets, set_count
from redheart.calculus.cells.binned import Binned, Floats
from redheart.calculus.cells.dense import AT_ONCE, over_all_cells
from redheart.calculus.cells.occupied import CELLS_A_SAMPLE, KEPT_A_SAMPLE, over_occupied_cells
from redheart.errors import BudgetError

Path = Literal["dense", "occupied"]

#: Nanoseconds on one core, measured: a cell of the dense array; a sample to find the occupied cells; a sample of a set
#: that is sorted, that is counted; what a set costs whatever its size.
_DENSE_NS: Final = 18.0
_FIND_NS: Final = 30.0
_SORTED_NS: Final = 14.0
_COUNTED_NS: Final = 5.0
_SET_NS: Final = 30_000.0
#: Python's tuples and dictionary entries of one set, over three dictionaries; sorting one set's values.
_BYTES_A_SET: Final = 600
_LATTICE_ARRAYS: Final = 8
_MOST_AGENTS: Final = 60


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
    sums, states = over_all_cells(binned, sets) if path == "dense" else over_occupied_cells(binned, sets)
    seen = states > 0
    p = states[seen] / binned.samples
    return SpecificInformation(sums[:, seen] / states[seen] - np.log2(p), p, path)


def refuse_too_many_sets(agents: int, max_order: int, states: int, max_bytes: int) -> None:
    """Raises BudgetError where `max_bytes` would not hold what the sets' names and values alone take."""
    if agents > _MOST_AGENTS:
        raise BudgetError(
            f"the sets of '{agents}' agents cannot even be numbered; take {_MOST_AGENTS} at most, or fewer. "
            "Agents are the rows, samples the columns: transpose what lies on its side."
        )
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
        "dense": lattice + 8.0 * (dense + 6 * max(AT_ONCE, dense / states) + 3 * binned.samples),
        "occupied": lattice + 8.0 * binned.samples * (agents + 16 + 2 * CELLS_A_SAMPLE + KEPT_A_SAMPLE),
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
    counted = cells <= CELLS_A_SAMPLE * binned.samples
    return _SET_NS + binned.samples * (_COUNTED_NS if counted else _SORTED_NS)
