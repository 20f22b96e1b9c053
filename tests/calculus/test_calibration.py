"""Fits of calibration: what they find, what they leave alone, what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.calibration import Temperature, cross_fit, platt, sigmoid, slope, temperature


def rows(count: int, a: float, b: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal logits, truths drawn at sigmoid(a z + b)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=count)
    return logits, (rng.random(count) < sigmoid(a * logits + b)).astype(float)


def test_platt_scaling_finds_the_slope_and_offset_that_made_the_labels() -> None:
    assert platt(*rows(200_000, 0.5, -1.0)) == pytest.approx((0.5, -1.0), abs=0.03)


@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0])
def test_platt_scaling_is_logistic_regression_without_a_penalty(scale) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    logits, truth = rows(2000, 0.7, 0.4)
    theirs = linear_model.LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(logits[:, None], truth)
    a, b = platt(logits * scale, truth)
    assert (a * scale, b) == pytest.approx((theirs.coef_[0, 0], theirs.intercept_[0]), abs=1e-4)


def test_a_slope_is_fitted_as_a_slope_and_not_taken_from_a_fit_with_offset() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(loc=1.0, size=200_000)
    truth = (rng.random(200_000) < sigmoid(0.5 * logits - 1.0)).astype(float)
    found = slope(logits, truth)
    likelihood = [-np.logaddexp(0, np.where(truth, -a, a) * logits).sum() for a in (found - 0.05, found, found + 0.05)]
    assert likelihood[1] == max(likelihood)
    assert abs(found - platt(logits, truth)[0]) > 0.1


def test_logits_that_are_true_need_no_slope() -> None:
    assert slope(*rows(100_000, 1.0, 0.0)) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("fit", [platt, slope])
def test_rows_that_any_steeper_fit_tells_better_are_refused(fit) -> None:
    logits = np.linspace(-1, 1, 50)
    with pytest.raises(ValueError, match="'50' rows have no finite fit"):
        fit(logits, (logits > 0).astype(float))


def test_the_temperature_of_two_classes_is_one_over_their_slope() -> None:
    logits, truth = rows(5000, 0.4, 0.0)
    assert temperature(logits, truth).value == pytest.approx(1 / slope(logits, truth), rel=1e-6)


def test_two_classes_may_be_told_as_one_logit_or_as_two() -> None:
    logits, truth = rows(2000, 0.4, 0.0)
    both = temperature(np.stack([np.zeros(2000), logits], axis=1), truth.astype(int))
    assert both.value == pytest.approx(temperature(logits, truth).value, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), classes=st.integers(2, 4), boldness=st.floats(0.3, 6))
def test_a_temperature_changes_no_answer_and_never_worsens_the_likelihood(seed, classes, boldness) -> None:
    rng = np.random.default_rng(seed)
    true_logits = rng.normal(size=(200, classes)) * 1.5
    truth = (true_logits + rng.gumbel(size=true_logits.shape)).argmax(axis=1)
    found = temperature(true_logits * boldness, truth)
    scaled = true_logits * boldness / found.value
    assert (scaled.argmax(axis=1) == true_logits.argmax(axis=1)).all() and found.nll_after <= found.nll_before
    log_softmax = scaled - np.logaddexp.reduce(scaled, axis=1)[:, None]
    assert found.nll_after == pytest.approx(-log_softmax[np.arange(200), truth].mean(), rel=1e-9)


def test_the_temperature_is_how_many_times_too_bold_the_logits_are() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 3))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    assert temperature(3 * logits, truth).value == pytest.approx(3.0, abs=0.15)
    assert temperature(0.25 * logits, truth).value == pytest.approx(0.25, abs=0.02)


def test_a_temperature_of_1_is_left_where_nothing_is_better() -> None:
    """Rows of logit ln 3, of which three in four are true."""
    logits = np.full(8, np.log(3.0)) * np.array([1, 1, 1, 1, -1, -1, -1, -1])
    found = temperature(logits, np.array([1, 1, 1, 0, 0, 0, 0, 1]))
    assert found.value == pytest.approx(1.0, abs=1e-6) and isinstance(found, Temperature)


LOGITS = np.linspace(-1, 1, 20)


@pytest.mark.parametrize(
    ("logits", "truth", "words"),
    [
        (LOGITS, LOGITS > 0, "told right"),
        (LOGITS, LOGITS < 0, "no better than chance"),
        (LOGITS, np.ones(3), r"logits '\(20,\)', truth '\(3,\)'"),
        (LOGITS, np.full(20, 2.0), "truth '2.0': give truth in"),
        (np.where(LOGITS > 0.9, np.nan, LOGITS), LOGITS > 0, "not finite"),
        (np.eye(20), np.full(20, 20), "truth '20.0': give the index of a class"),
        (np.zeros((0,)), np.zeros((0,)), "give one truth a row"),
    ],
)
def test_rows_without_a_finite_temperature_are_refused(logits, truth, words) -> None:
    with pytest.raises(ValueError, match=words):
        temperature(logits, np.asarray(truth, dtype=float))


def test_each_half_is_judged_by_the_other() -> None:
    values = np.array([0.0, 10.0, 0.0, 10.0, 0.0])
    judged = cross_fit(5, lambda fitted, judged: np.full(len(judged), values[fitted].mean()), values)
    assert judged.tolist() == [10.0, 0.0, 10.0, 0.0, 10.0]


def test_logits_beyond_the_exponent_are_sure_and_silent() -> None:
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("logits", "truth", "fit"),
    [
        ([-200.0, -100.0, 100.0, 200.0], [0.0, 0.0, 1.0, 1.0], slope),  # every sign right
        ([0.0, 0.0, 0.0], [0.0, 1.0, 1.0], slope),
        ([1.0, 1.0, 1.0], [0.0, 1.0, 1.0], platt),
        ([], [], platt),
        ([-1.0, 0.5, 2.0], [0.0, 2.0, 1.0], platt),
        ([np.nan, 0.5, 2.0], [0.0, 0.0, 1.0], platt),
    ],
)
def test_rows_that_determine_no_fit_are_refused_not_answered_with_where_the_search_began(logits, truth, fit):
    with pytest.raises(ValueError):
        fit(np.array(logits), np.array(truth))
