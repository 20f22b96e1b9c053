import numpy as np
import pytest

from redheart.training.calibrate import (
    COVERAGE,
    cross_fitted_coverage,
    cross_fitted_f1,
    cross_fitted_slope_ece,
    ece,
    f1,
    half_width,
    platt,
    sigmoid,
    slope,
)


def test_platt_scaling_finds_the_slope_and_offset_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=200_000)
    truth = rng.random(200_000) < sigmoid(0.5 * logits - 1.0)
    assert platt(logits, truth.astype(float)) == pytest.approx((0.5, -1.0), abs=0.03)


def test_calibrated_probabilities_have_almost_no_calibration_error() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(200_000)
    assert ece(p, rng.random(200_000) < p) < 0.01


def test_the_calibration_error_of_a_constant_is_its_distance_from_the_rate() -> None:
    truth = np.tile([1.0, 0.0, 0.0, 0.0], 300)
    assert ece(np.full(1200, 0.65), truth) == pytest.approx(0.4, abs=0.02)


def test_f1_of_known_counts() -> None:
    guess, truth = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert f1(guess, truth) == pytest.approx(0.5)
    assert f1(np.zeros(4, bool), truth) == 0.0


def test_thresholds_are_judged_on_rows_they_were_not_tuned_on() -> None:
    """Each half's scores separate perfectly, but at another place: tuning on the judged half would give 1."""
    scores = np.array([[0.0], [10.0], [1.0], [11.0]] * 50)  # even rows 0 and 1, odd rows 10 and 11
    truth = np.array([[0.0], [0.0], [1.0], [1.0]] * 50)
    assert cross_fitted_f1(scores, truth) < 0.75


def test_a_slope_is_fitted_as_a_slope_and_not_taken_from_a_fit_with_offset() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(loc=1.0, size=200_000)
    truth = (rng.random(200_000) < sigmoid(0.5 * logits - 1.0)).astype(float)
    found = slope(logits, truth)
    likelihood = [-np.logaddexp(0, np.where(truth, -a, a) * logits).sum() for a in (found - 0.05, found, found + 0.05)]
    assert likelihood[1] == max(likelihood)
    assert abs(found - platt(logits, truth)[0]) > 0.1


def test_logits_that_are_true_need_no_slope_and_show_no_error() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=100_000)
    truth = (rng.random(100_000) < sigmoid(logits)).astype(float)
    assert slope(logits, truth) == pytest.approx(1.0, abs=0.03)
    assert cross_fitted_slope_ece(logits, truth) < 0.01


def test_a_conformal_interval_covers_what_it_was_asked_to_on_the_other_half() -> None:
    residuals = np.random.default_rng(4).standard_cauchy(20_000)
    assert cross_fitted_coverage(residuals) == pytest.approx(COVERAGE, abs=0.02)


def test_the_half_width_of_few_residuals_is_the_largest_of_them() -> None:
    assert half_width(np.array([-3.0, 1.0, 2.0])) == 3.0
