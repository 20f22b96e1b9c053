"""The two ways of counting give the same answer."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.cells import specific_information
from redheart.calculus.cells.binning import bin_codes
from redheart.calculus.surd import SurdResult, surd
from redheart.errors import BudgetError


def counted(monkeypatch: pytest.MonkeyPatch, path: str, seed: int, agents: int, bins: int) -> SurdResult:
    random = np.random.default_rng(seed)
    x = random.normal(size=(agents, 200))
    target = x[0] * x[-1] + x[0] + random.normal(size=200) / 4
    with monkeypatch.context() as patch:
        patch.setattr(specific_information, "_choose", lambda *_: path)
        return surd(target, x, bins=bins)


@given(seed=st.integers(0, 10**6), agents=st.integers(1, 4), bins=st.integers(2, 9))
@settings(max_examples=40, deadline=None)
def test_occupied_cells_tell_what_all_cells_tell(seed: int, agents: int, bins: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dense, occupied = (counted(patch, path, seed, agents, bins) for path in ("dense", "occupied"))
    assert (dense.path, occupied.path) == ("dense", "occupied")
    assert dense.mutual_information == pytest.approx(occupied.mutual_information, abs=1e-12)
    assert dense.totals() == pytest.approx(occupied.totals(), abs=1e-12)


def test_cells_beyond_a_machine_word_are_renumbered() -> None:
    random = np.random.default_rng(0)
    x = random.integers(0, 40, size=(13, 300)).astype(float)
    wide = surd(x[0] // 8, x, bins=[5, *[40] * 13], max_order=2)
    assert wide.path == "occupied"
    assert wide.mutual_information[1,] == pytest.approx(wide.entropy)
    alone = surd(x[0] // 8, x[12:], bins=[5, 40])
    assert wide.mutual_information[13,] == pytest.approx(alone.mutual_information[1,])


def test_the_last_of_many_wide_agents_is_not_lost() -> None:
    x = np.zeros((4, 64))
    x[3] = np.random.default_rng(0).permutation(64)
    huge = surd(x[3] > 31, x, bins=[2, *[10**6] * 4])
    assert huge.mutual_information[1, 2, 3, 4] == pytest.approx(1.0)
    assert huge.unique[4,] == pytest.approx(1.0)


def test_a_set_beyond_a_machine_word_still_counts_every_sample() -> None:
    random = np.random.default_rng(0)
    x = random.integers(0, 10**6, size=(4, 64)).astype(float)
    huge = surd(x[0] > x[0].mean(), x, bins=[2, *[10**6] * 4])
    assert huge.mutual_information[1, 2, 3, 4] == pytest.approx(huge.entropy)  # no two samples share a cell


def test_samples_that_would_not_fit_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(2, 20_000))
    with pytest.raises(BudgetError, match="max_bytes allows '1' MiB"):
        surd(x[0], x, bins=100, max_bytes=2**20)


@pytest.mark.parametrize("bins", [3, 10, 30])
@pytest.mark.parametrize("samples", [60, 5000, 40_000])
def test_samples_on_an_edge_fall_where_numpy_puts_them(samples: int, bins: int) -> None:
    random = np.random.default_rng(0)
    row = np.concatenate([np.arange(bins + 1), random.integers(0, 3 * bins + 1, samples) / 3.0])
    codes = bin_codes([row], [bins], "width")[0]
    assert (np.bincount(codes, minlength=bins) == np.histogram(row, bins)[0]).all()


def test_few_samples_in_many_cells_never_touch_the_empty_ones() -> None:
    x = np.random.default_rng(0).normal(size=(6, 1000))
    assert surd(x[0], x, bins=50).path == "occupied"
    assert surd(x[0], x[:3], bins=4).path == "dense"


def test_the_memory_that_is_counted_on_holds_over_all_cells() -> None:
    x = np.random.default_rng(0).normal(size=(4, 20_000))
    allowed = 12 * 2**20
    surd(x.sum(0)[:50], x[:, :50], bins=8)
    tracemalloc.start()
    try:
        assert surd(x.sum(0), x, bins=8, max_bytes=allowed).path == "dense"
        assert tracemalloc.get_traced_memory()[1] <= allowed
    finally:
        tracemalloc.stop()


def test_the_memory_that_is_counted_on_holds_where_sets_are_renumbered() -> None:
    x = np.random.default_rng(0).normal(size=(6, 20_000))
    allowed = 7 * 2**20
    surd(x.sum(0)[:50], x[:, :50], bins=[10, *[2000] * 6])
    tracemalloc.start()
    try:
        surd(x.sum(0), x, bins=[10, *[2000] * 6], max_bytes=allowed)
        assert tracemalloc.get_traced_memory()[1] <= allowed
    finally:
        tracemalloc.stop()
