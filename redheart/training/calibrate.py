"""Fits of calibration and threshold on dev, cross-fitted on its halves wherever a figure judges them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

COVERAGE = 0.8  # asked of the split-conformal intervals


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Logistic function."""
    squashed: np.ndarray = 1 / (1 + np.exp(-z))
    return squashed


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of boolean vectors; 0 where nothing is found."""
    found = float((guess & truth).sum())
    return 0.0 if found == 0 else 2 * found / float(guess.sum() + truth.sum())


def platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(a, b) of P = sigmoid(a z + b) by maximum likelihood (Platt 1999), Newton's method; truth in [0, 1]."""
    a, b = 1.0, 0.0
    for _ in range(50):
        p = sigmoid(a * logits + b)
        gradient = np.array([((p - truth) * logits).sum(), (p - truth).sum()])
        w = np.maximum(p * (1 - p), 1e-9)
        hessian = np.array([[(w * logits**2).sum(), (w * logits).sum()], [(w * logits).sum(), w.sum()]])
        step = np.linalg.solve(hessian + 1e-6 * np.eye(2), gradient)
        a, b = a - step[0], b - step[1]
        if np.abs(step).max() < 1e-10:
            break
    return float(a), float(b)


def slope(logits: np.ndarray, truth: np.ndarray) -> float:
    """a of P = sigmoid(a z) by maximum likelihood: no offset, so that the sign of z is the sign of the reading."""
    a = 1.0
    for _ in range(50):
        p = sigmoid(a * logits)
        step = float(((p - truth) * logits).sum() / ((np.maximum(p * (1 - p), 1e-9) * logits**2).sum() + 1e-6))
        a -= step
        if abs(step) < 1e-10:
            break
    return a


def half_width(residuals: np.ndarray) -> float:
    """Split-conformal half width: the finite-sample quantile of |residual| (Vovk et al. 2005; Lei et al. 2018)."""
    ordered = np.sort(np.abs(residuals))
    return float(ordered[min(len(ordered), int(np.ceil((len(ordered) + 1) * COVERAGE))) - 1])


def cross_fitted_coverage(residuals: np.ndarray) -> float:
    """Share of dev rows inside the interval whose width the other half gave."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        inside: np.ndarray = np.abs(residuals[judged]) <= half_width(residuals[fitted])
        return inside

    return float(_cross_fit(len(residuals), apply, np.zeros(len(residuals), bool)).mean())


def ece(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error, L1, equal-mass bins; all labels pooled. No correction for small samples."""
    p, y = probability.ravel(), truth.ravel()
    order = np.argsort(p, kind="stable")
    return float(sum(abs(p[part].mean() - y[part].mean()) * len(part) for part in np.array_split(order, bins)) / len(p))


def _halves(n: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    even, odd = np.arange(0, n, 2), np.arange(1, n, 2)
    return (even, odd), (odd, even)


def _cross_fit(n: int, fit_then_apply: Callable[[np.ndarray, np.ndarray], np.ndarray], like: np.ndarray) -> np.ndarray:
    """Each half is judged by what was fitted on the other."""
    result = np.empty_like(like)
    for fitted, judged in _halves(n):
        result[judged] = fit_then_apply(fitted, judged)
    return result


def cross_fitted_ece(logits: np.ndarray, truth: np.ndarray) -> float:
    """ECE after Platt scaling fitted on the other half of dev."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        a, b = platt(logits[fitted].ravel(), truth[fitted].ravel())
        return sigmoid(a * logits[judged] + b)

    return ece(_cross_fit(len(logits), apply, logits.astype(float)), truth)


def cross_fitted_slope_ece(logits: np.ndarray, truth: np.ndarray) -> float:
    """ECE (N,) after a slope fitted on the other half of dev."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        return sigmoid(slope(logits[fitted], truth[fitted]) * logits[judged])

    return ece(_cross_fit(len(logits), apply, logits.astype(float)), truth)


def cross_fitted_f1(logits: np.ndarray, truth: np.ndarray) -> float:
    """Macro-F1 over labels, each threshold tuned on the other half of dev."""
    positive = truth > 0.5

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        thresholds = [_best_threshold(logits[fitted, i], positive[fitted, i]) for i in range(logits.shape[1])]
        above: np.ndarray = logits[judged] > np.array(thresholds)
        return above

    guess = _cross_fit(len(logits), apply, positive)
    return float(np.mean([f1(guess[:, i], positive[:, i]) for i in range(logits.shape[1])]))


def _best_threshold(logits: np.ndarray, positive: np.ndarray) -> float:
    candidates = np.quantile(logits, np.linspace(0.02, 0.995, 60))
    return float(max(candidates, key=lambda threshold: f1(logits > threshold, positive)))
