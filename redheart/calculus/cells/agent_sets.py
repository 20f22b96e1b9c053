"""Names of the non-empty sets of n agents, up to a size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

AgentSet = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AgentSets:
    """By size, then lexicographic: 1-based agent numbers, bit masks (agent i is bit i - 1), sizes; where the sets of
    each size lie, from single agents on.
    """

    agents: int
    names: tuple[AgentSet, ...]
    masks: NDArray[np.int64]
    sizes: NDArray[np.int64]
    levels: tuple[slice, ...]


def set_count(agents: int, max_order: int) -> int:
    """How many sets of 1 to `max_order` agents there are."""
    return sum(math.comb(agents, size) for size in range(1, max_order + 1))


@lru_cache(maxsize=16)
def agent_sets(agents: int, max_order: int) -> AgentSets:
    """All sets of 1 to `max_order` of the agents."""
    names = tuple(chosen for size in range(1, max_order + 1) for chosen in combinations(range(1, agents + 1), size))
    masks = np.array([mask_of(chosen) for chosen in names], dtype=np.int64)
    sizes = np.array([len(chosen) for chosen in names], dtype=np.int64)
    edges = np.searchsorted(sizes, np.arange(1, max_order + 2)).tolist()
    return AgentSets(agents, names, masks, sizes, tuple(slice(*pair) for pair in pairwise(edges)))


def mask_of(chosen: Iterable[int]) -> int:
    """Bit mask of 1-based agent numbers."""
    return sum(1 << (agent - 1) for agent in chosen)


def label(kind: str, chosen: AgentSet, agents: int) -> str:
    """As in the paper's bars: "U1", "R12", "S123"; from ten agents on with commas, "S1,12"."""
    return kind + ("" if agents < 10 else ",").join(map(str, chosen))
