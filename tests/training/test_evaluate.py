import numpy as np
import pytest

from redheart.training.evaluate import cross_fitted_f1, ece, f1, platt, sigmoid


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
