"""Reliability bins and the calibration errors that are read off them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.reliability import debiased_ece, ece, reliability, wilson_interval

P = np.array([0.25, 0.25, 0.55, 0.75, 0.75])
Y = np.array([0.0, 0.0, 1.0, 1.0, 1.0])


@pytest.mark.parametrize(("norm", "error"), [("l1", 0.2900), ("l2", 0.2918), ("max", 0.3167)])
def test_the_published_example_in_two_bins(norm, error) -> None:
    assert ece(P, Y, 2, norm=norm) == pytest.approx(error, abs=5e-5)


def test_its_bins_say_what_was_stated_what_came_true_and_how_many() -> None:
    low, high = reliability(P, Y, 2)
    assert (low.low, low.high, low.confidence, low.accuracy, low.count) == (0.0, 0.5, 0.25, 0.0, 2)
    assert (high.low, high.high, high.accuracy, high.count) == (0.5, 1.0, 1.0, 3)
    assert high.confidence == pytest.approx(0.68333, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60),
    bins=st.integers(1, 20),
    binning=st.sampled_from(["width", "mass"]),
)
def test_every_row_is_in_one_bin_and_the_errors_are_ordered(cells, bins, binning) -> None:
    p, y = (np.array(column, float) for column in zip(*cells, strict=True))
    found = reliability(p, y, bins, binning=binning)
    assert sum(each.count for each in found) == len(cells) and len(found) <= bins
    assert sum(each.accuracy * each.count for each in found) == pytest.approx(y.sum())
    assert all(each.low - 1e-12 <= each.confidence <= each.high + 1e-12 for each in found)
    l1, l2, largest = (ece(p, y, bins, binning=binning, norm=norm) for norm in ("l1", "l2", "max"))
    assert 0 <= l1 <= l2 + 1e-12 and l2 <= largest + 1e-12 and largest <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_in_one_bin_the_error_is_that_of_the_mean(cells) -> None:
    p, y = (np.array(column, float) for column in zip(*cells, strict=True))
    assert ece(p, y, 1) == pytest.approx(abs(p.mean() - y.mean()), abs=1e-12)


def test_equal_mass_puts_as_many_rows_in_each_bin() -> None:
    p = np.sort(np.random.default_rng(0).random(30)) ** 4
    found = reliability(p, p > 0.5, 3, binning="mass")
    assert [each.count for each in found] == [10, 10, 10]
    assert (found[0].low, found[0].high, found[2].high) == (p[0], p[9], p[29])


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=2, max_size=30),
    bins=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_equal_probabilities_share_a_bin_so_the_order_of_rows_does_not_matter(cells, bins, seed) -> None:
    p, y = (np.array(column, float) for column in zip(*cells, strict=True))
    found = reliability(p, y, bins, binning="mass")
    assert all(before.high < after.low for before, after in pairwise(found))
    mixed = np.random.default_rng(seed).permutation(len(p))
    assert ece(p[mixed], y[mixed], bins, binning="mass") == pytest.approx(ece(p, y, bins, binning="mass"), abs=1e-12)


def test_an_edge_belongs_to_the_upper_bin_and_1_to_the_last() -> None:
    found = reliability(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 1.0]), 2)
    assert [each.count for each in found] == [1, 2]


def test_calibrated_probabilities_have_almost_no_calibration_error() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(200_000)
    for binning in ("width", "mass"):
        assert ece(p, rng.random(200_000) < p, binning=binning) < 0.01


def test_the_calibration_error_of_a_constant_is_its_distance_from_the_rate() -> None:
    truth = np.tile([1.0, 0.0, 0.0, 0.0], 300)
    assert ece(np.full(1200, 0.65), truth, binning="mass") == pytest.approx(0.4, abs=0.02)
    assert ece(np.full(1200, 0.65), truth) == pytest.approx(0.4, abs=1e-12)


def test_the_interval_of_a_share_is_wilsons() -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for share, count in ((0.0, 5), (0.3, 10), (1.0, 40), (0.5, 1000)):
        theirs = proportion.proportion_confint(share * count, count, method="wilson")
        assert wilson_interval(share, count) == pytest.approx(theirs, abs=1e-9)
    assert reliability(P, Y, 2)[0].interval == wilson_interval(0.0, 2)


@pytest.mark.parametrize(
    ("arguments", "choices", "words"),
    [
        ((P, Y[:2]), {}, r"'\(5,\)', truths '\(2,\)'"),
        ((P[:0], Y[:0]), {}, "one or more"),
        ((P * 2, Y), {}, "a probability of '1.1'"),
        ((np.where(P > 0.7, np.nan, P), Y), {}, "a probability of 'nan'"),
        ((P, Y * 2), {}, "a truth of '2.0'"),
        ((P, Y, 0), {}, "bins '0'"),
        ((P, Y), {"binning": "rank"}, "binning 'rank'"),
        ((P, Y), {"norm": "l3"}, "norm 'l3'"),
    ],
)
def test_what_has_no_calibration_error_is_refused(arguments, choices, words) -> None:
    with pytest.raises(ValueError, match=words):
        ece(*arguments, **choices)


def test_what_is_no_share_has_no_interval() -> None:
    for share, count in ((1.1, 5), (0.5, 0)):
        with pytest.raises(ValueError, match=f"'{share}' of '{count}' rows"):
            wilson_interval(share, count)


def test_chance_is_taken_off_the_error_of_probabilities_that_are_right() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.2, 0.9, 300)
    errors, taken_off = zip(
        *((ece(p, y, binning="mass"), debiased_ece(p, y)) for y in (rng.random((20, 300)) < p).astype(float)),
        strict=True,
    )
    assert np.mean(errors) > 0.05
    assert np.mean(taken_off) < 0.02


def test_an_error_far_beyond_chance_is_nearly_kept_and_drawn_alike_again() -> None:
    p, y = np.full(2000, 0.9), np.arange(2000) % 2.0
    assert debiased_ece(p, y) == pytest.approx(0.4, abs=0.01)
    assert debiased_ece(p, y) == debiased_ece(p, y)


def test_an_error_below_what_chance_gives_is_0() -> None:
    assert debiased_ece(np.full(100, 0.5), np.arange(100) % 2.0, 1) == 0.0
    with pytest.raises(ValueError, match="draws '0'"):
        debiased_ece(P, Y, draws=0)
