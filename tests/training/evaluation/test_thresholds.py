"""Thresholds by expected F1."""

import numpy as np
import pytest

from redheart.calculus.calibration import sigmoid
from redheart.training.evaluation.thresholds import label_scales, label_thresholds

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(-1.5, 1.5, size=(4000, 1))
TRUTH = RNG.random((4000, 1)) < sigmoid(LOGITS)


def f1(above: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (above & truth).sum() / (above.sum() + truth.sum()))


def test_of_probabilities_that_are_right_the_threshold_is_that_of_the_best_f1() -> None:
    (threshold,) = label_thresholds(LOGITS, TRUTH, np.array([[1.0, 0.0]]))
    best = max(f1(LOGITS > at, TRUTH) for at in np.quantile(LOGITS, np.linspace(0.05, 0.99, 200)))
    assert f1(LOGITS > threshold, TRUTH) == pytest.approx(best, abs=0.01)
    # The best threshold on probabilities is half of the F1 that it reaches (Lipton et al., 2014).
    assert sigmoid(np.array(threshold)) == pytest.approx(best / 2, abs=0.02)


def test_a_rare_label_shares_the_scale_of_all() -> None:
    logits = np.hstack([LOGITS, 3 * LOGITS + 4])
    truth = np.hstack([TRUTH, np.arange(4000)[:, None] < 5])
    scales = label_scales(logits, truth, 50)
    alone = label_scales(logits, truth, 5)
    assert scales[0].tolist() == alone[0].tolist() and scales[1].tolist() != alone[1].tolist()
    assert scales[0] == pytest.approx((1.0, 0.0), abs=0.15)


def test_a_label_that_goes_against_its_truth_is_never_read() -> None:
    (threshold,) = label_thresholds(LOGITS, TRUTH, np.array([[-1.0, 0.0]]))
    assert not (LOGITS > threshold).any()
