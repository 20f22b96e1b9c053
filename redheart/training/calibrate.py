"""What judges the fits on dev: intervals and thresholds, cross-fitted on its halves wherever a figure comes of it."""

from __future__ import annotations

import numpy as np

from redheart.calculus.calibration import cross_fit

COVERAGE = 0.8  # asked of the split-conformal intervals


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of boolean vectors; 0 where nothing is found."""
    found = float((guess & truth).sum())
    return 0.0 if found == 0 else 2 * found / float(guess.sum() + truth.sum())


def half_width(residuals: np.ndarray) -> float:
    """Split-conformal half width: the finite-sample quantile of |residual| (Vovk et al. 2005; Lei et al. 2018)."""
    ordered = np.sort(np.abs(residuals))
    return float(ordered[min(len(ordered), int(np.ceil((len(ordered) + 1) * COVERAGE))) - 1])


def cross_fitted_coverage(residuals: np.ndarray) -> float:
    """Share of dev rows inside the interval whose width the other half gave."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        inside: np.ndarray = np.abs(residuals[judged]) <= half_width(residuals[fitted])
        return inside

    return float(cross_fit(len(residuals), apply, np.zeros(len(residuals), bool)).mean())


def cross_fitted_f1(logits: np.ndarray, truth: np.ndarray) -> float:
    """Macro-F1 over labels, each threshold tuned on the other half of dev."""
    positive = truth > 0.5

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        thresholds = [best_threshold(logits[fitted, i], positive[fitted, i]) for i in range(logits.shape[1])]
        above: np.ndarray = logits[judged] > np.array(thresholds)
        return above

    guess = cross_fit(len(logits), apply, positive)
    return float(np.mean([f1(guess[:, i], positive[:, i]) for i in range(logits.shape[1])]))


def best_threshold(logits: np.ndarray, positive: np.ndarray) -> float:
    """Of sixty quantiles of the logits (N,), the one above which F1 against `positive` (N,) bool is highest."""
    candidates = np.quantile(logits, np.linspace(0.02, 0.995, 60))
    return float(max(candidates, key=lambda threshold: f1(logits > threshold, positive)))
