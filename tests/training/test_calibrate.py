import numpy as np
import pytest

from redheart.training.calibrate import (
    COVERAGE,
    cross_fitted_coverage,
    cross_fitted_f1,
    f1,
    half_width,
)


def test_f1_of_known_counts() -> None:
    guess, truth = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert f1(guess, truth) == pytest.approx(0.5)
    assert f1(np.zeros(4, bool), truth) == 0.0


def test_thresholds_are_judged_on_rows_they_were_not_tuned_on() -> None:
    """Each half's scores separate perfectly, but at another place: tuning on the judged half would give 1."""
    scores = np.array([[0.0], [10.0], [1.0], [11.0]] * 50)  # even rows 0 and 1, odd rows 10 and 11
    truth = np.array([[0.0], [0.0], [1.0], [1.0]] * 50)
    assert cross_fitted_f1(scores, truth) < 0.75


def test_a_conformal_interval_covers_what_it_was_asked_to_on_the_other_half() -> None:
    residuals = np.random.default_rng(4).standard_cauchy(20_000)
    assert cross_fitted_coverage(residuals) == pytest.approx(COVERAGE, abs=0.02)


def test_the_half_width_of_few_residuals_is_the_largest_of_them() -> None:
    assert half_width(np.array([-3.0, 1.0, 2.0])) == 3.0
