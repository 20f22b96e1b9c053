"""Shares out the specific information of all sets of agents: redundant, unique, synergistic."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from redheart.calculus.cells.agent_sets import AgentSets

Floats = NDArray[np.float64]

#: Specific informations of one state that differ by less than this share of the largest are tied.
TIE: Final = 1e-10
_LEAST_TIE: Final = 1e-13  # bits: rounding where nothing is informative


@dataclass(frozen=True, slots=True)
class Shared:
    """Bits. `redundant` (2**n,) by mask, single agents being unique; `synergistic` (sets,) in the order of the sets."""

    redundant: Floats
    synergistic: Floats


def share_out(values: Floats, p: Floats, sets: AgentSets) -> Shared:
    """`values` (sets, states) of specific information, `p` (states,) -> averages over the states.

    Martinez-Sanchez, Arranz and Lozano-Duran (2024): for each state, a set that tells less than the best set one agent
    smaller adds nothing; the others are sorted, and each step up belongs to who makes it: to all single agents not yet
    passed (redundant; unique if one is left), or to the set (synergistic).
    Ties: sets that tell equally much (within `TIE`) share one step. It goes to the smallest of them, in equal parts,
    so that renaming the agents renames the answer. The steps of a state always sum to its largest value.
    """
    tie = np.maximum(TIE * values.max(0), _LEAST_TIE)
    kept = _without_idle_sets(values, tie, sets)
    singles = kept[: sets.agents]
    top = singles.max(0)
    base = np.where(kept <= top + tie, kept, top).max(0)  # what ties with the best single agent is its own
    return Shared(_redundant(singles, base - top, p), _synergistic(kept, base, tie, p, sets))


def _without_idle_sets(values: Floats, tie: Floats, sets: AgentSets) -> Floats:
    kept = values.copy()
    for level, next_level in pairwise(sets.levels):
        larger = kept[next_level]
        larger[larger < kept[level].max(0) - tie] = 0.0
    return kept


def _redundant(singles: Floats, tied: Floats, p: Floats) -> Floats:
    """Each step from one single agent to the next belongs to all that have not been passed."""
    agents = len(singles)
    order = np.argsort(singles, axis=0, kind="stable")
    steps = np.sort(singles, axis=0)
    steps[1:] -= steps[:-1].copy()
    steps[-1] += tied
    left = np.cumsum((1 << order)[::-1], axis=0)[::-1]  # masks of those from here on
    found: Floats = np.bincount(left.ravel(), weights=(steps * p).ravel(), minlength=1 << agents).astype(np.float64)
    return found


def _synergistic(kept: Floats, base: Floats, tie: Floats, p: Floats, sets: AgentSets) -> Floats:
    """Steps above the best single agent, by cluster of tied sets."""
    larger = np.maximum(kept[sets.agents :], base).T  # (states, sets of two and more)
    found = np.zeros(len(sets.names))
    if larger.size == 0:
        return found
    order = np.argsort(larger, axis=1, kind="stable")
    ordered = np.sort(larger, axis=1)
    steps = ordered.copy()
    steps[:, 0] -= base
    steps[:, 1:] -= ordered[:, :-1]
    new = steps > tie[:, None]
    new[:, 0] = True  # a state's first cluster: what lies at the base
    starts = np.flatnonzero(new)
    lengths = np.diff(np.append(starts, new.size))
    sizes = sets.sizes[sets.agents :][order].ravel()
    smallest = sizes == np.repeat(np.minimum.reduceat(sizes, starts), lengths)
    bits = np.add.reduceat((steps * p[:, None]).ravel(), starts) / np.add.reduceat(smallest.astype(float), starts)
    weights = np.repeat(bits, lengths) * smallest
    found[sets.agents :] = np.bincount(order.ravel(), weights=weights, minlength=larger.shape[1])
    return found
