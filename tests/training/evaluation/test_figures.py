"""Accuracy, F1 and r over counted rows, and their intervals."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from redheart.training.evaluation.counts import Figure, intervals
from redheart.training.evaluation.figures import (
    accuracy,
    f1_by_label,
    macro_f1,
    mean_pearson,
    micro_f1,
    pearson,
    pearson_by_output,
)

RNG = np.random.default_rng(3)
TRUTH, GUESS = RNG.random((200, 6)) < 0.2, RNG.random((200, 6)) < 0.3
READ, RATED = RNG.normal(size=(300, 2)), RNG.normal(size=(300, 2))


def test_f1_is_that_of_scikit_learn() -> None:
    assert macro_f1("m", GUESS, TRUTH).value() == pytest.approx(f1_score(TRUTH, GUESS, average="macro"))
    assert micro_f1("m", GUESS, TRUTH).value() == pytest.approx(f1_score(TRUTH, GUESS, average="micro"))


def test_a_label_that_is_neither_found_nor_there_counts_as_0() -> None:
    nothing = np.zeros((5, 1), bool)
    assert f1_by_label(nothing, nothing, np.ones((1, 5))).tolist() == [[0.0]]


def test_counting_a_row_twice_is_having_it_twice() -> None:
    counts = RNG.integers(0, 3, size=200)
    again = np.repeat(np.arange(200), counts)
    for make in (macro_f1, micro_f1):
        twice = make("m", GUESS[again], TRUTH[again]).value()
        assert make("m", GUESS, TRUTH).of(counts[None].astype(float))[0] == pytest.approx(twice)


def test_r_is_that_of_numpy_also_over_counted_rows() -> None:
    counts = RNG.integers(0, 3, size=300)
    again = np.repeat(np.arange(300), counts)
    expected = [np.corrcoef(READ[again, at], RATED[again, at])[0, 1] for at in range(2)]
    assert pearson_by_output(READ, RATED, counts[None].astype(float))[0] == pytest.approx(expected)
    assert mean_pearson("m", READ, RATED).of(counts[None].astype(float))[0] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("constant", [0.0, 0.1, 3.3e7])
def test_r_with_a_constant_is_undefined(constant: float) -> None:
    assert np.isnan(pearson("r", READ[:, 0], np.full(300, constant)).value())
    assert intervals([pearson("r", np.full(300, constant), READ[:, 0])]) == {}


def test_the_interval_of_a_share_is_about_two_standard_errors_to_either_side() -> None:
    right = np.arange(400) < 300
    low, high = intervals([accuracy("a", right)])["a"]
    assert (low, high) == pytest.approx((0.75 - 1.96 * 0.02165, 0.75 + 1.96 * 0.02165), abs=0.008)


def test_figures_of_one_command_share_their_resamples() -> None:
    figures = [Figure(name, 50, lambda counts: counts[:, 0]) for name in "ab"] + [accuracy("c", np.ones(7, bool))]
    found = intervals(figures)
    assert found["a"] == found["b"] == intervals(figures)["a"]
    assert found["c"] == (1.0, 1.0)
