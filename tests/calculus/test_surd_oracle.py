"""The definition of SURD, written out one state and one set at a time, gives the same terms."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from redheart.calculus.cells.agent_sets import agent_sets
from redheart.calculus.cells.lattice import share_out
from redheart.calculus.surd import surd

Terms = dict[tuple[int, ...], float]


def by_definition(rows: NDArray[np.float64], bins: int, max_order: int) -> tuple[Terms, Terms]:
    """Redundant and unique, then synergistic, of continuous samples (target first): no two sets tell the same."""
    counts = np.histogramdd(rows.T, bins)[0]
    agents = range(1, counts.ndim)
    sets = [names for size in range(1, max_order + 1) for names in combinations(agents, size)]
    every = [names for size in agents for names in combinations(agents, size)]
    alone: Terms = dict.fromkeys(every, 0.0)
    together: Terms = {names: 0.0 for names in sets if len(names) > 1}
    for state in np.flatnonzero(counts.sum(axis=tuple(agents))):
        p = counts[state].sum() / counts.sum()
        told = {names: specific(counts, int(state), names) for names in sets}
        for size in range(1, max_order):
            best = max(told[names] for names in sets if len(names) == size)
            told |= {names: 0.0 for names in sets if len(names) == size + 1 and told[names] < best}
        before, left = 0.0, list(agents)
        for names in sorted(sets, key=lambda each: told[each]):
            step, before = told[names] - before, told[names]
            if len(names) > 1:
                together[names] += p * step
            else:
                alone[tuple(left)] += p * step
                left.remove(names[0])
    return alone, together


def specific(counts: NDArray[np.float64], state: int, names: tuple[int, ...]) -> float:
    """Divergence of p(a|t) from p(a), in bits."""
    others = tuple(axis for axis in range(1, counts.ndim) if axis not in names)
    joint = counts.sum(axis=others)
    inside = joint[state] > 0
    given_state = joint[state][inside] / joint[state].sum()
    overall = joint.sum(axis=0)[inside] / joint.sum()
    return float((given_state * np.log2(given_state / overall)).sum())


@given(seed=st.integers(0, 10**6), agents=st.integers(1, 4), bins=st.integers(2, 4), data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_term_is_the_one_of_the_definition(seed: int, agents: int, bins: int, data: st.DataObject) -> None:
    order = data.draw(st.integers(1, agents))
    random = np.random.default_rng(seed)
    x = random.normal(size=(agents, 3000))
    target = x[0] * x[-1] + x.sum(0) / 2 + random.normal(size=3000) / 2
    alone, together = by_definition(np.vstack([target, x]), bins, order)
    found = surd(target, x, bins=bins, max_order=order)
    assert found.redundant | found.unique == pytest.approx(alone, abs=1e-11)
    assert found.synergistic == pytest.approx(together, abs=1e-11)


@pytest.mark.parametrize(("above", "synergy"), [(1e-6, 1e-6), (1e-12, 0.0)])
def test_only_rounding_is_a_tie(above: float, synergy: float) -> None:
    sets = agent_sets(2, 2)
    shared = share_out(np.array([[0.1], [0.2], [0.2 + above]]), np.ones(1), sets)
    assert shared.synergistic[2] == pytest.approx(synergy, abs=1e-15)
    assert shared.redundant.sum() + shared.synergistic.sum() == pytest.approx(0.2 + above, abs=1e-15)
