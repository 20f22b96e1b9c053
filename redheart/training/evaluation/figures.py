"""Accuracy, F1 and Pearson's r, each over counted rows."""

from __future__ import annotations

from typing import Final

import numpy as np

from redheart.training.evaluation.counts import Figure

_ROUNDING: Final = 1e-9
_STILL: Final = 1e-9  # of a resample, beside a variance of 1 over all rows


def accuracy(name: str, right: np.ndarray) -> Figure:
    """Share of units (N,) bool that are right."""
    return Figure(name, len(right), lambda counts: (_sums(right[:, None], counts) / counts.sum(1, keepdims=True))[:, 0])


def f1_by_label(guess: np.ndarray, truth: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(B, L) F1 of guesses and truths (N, L) bool; 0 for a label that is neither found nor there."""
    return _f1(_sums(guess & truth, counts), _sums(guess, counts) + _sums(truth, counts))


def macro_f1(name: str, guess: np.ndarray, truth: np.ndarray) -> Figure:
    """Mean of the labels' F1."""

    def of(counts: np.ndarray) -> np.ndarray:
        mean: np.ndarray = f1_by_label(guess, truth, counts).mean(1)
        return mean

    return Figure(name, len(truth), of)


def micro_f1(name: str, guess: np.ndarray, truth: np.ndarray) -> Figure:
    """F1 of all labels pooled."""
    found, there = (guess & truth).sum(1, keepdims=True), guess.sum(1, keepdims=True) + truth.sum(1, keepdims=True)
    return Figure(name, len(truth), lambda counts: _f1(_sums(found, counts), _sums(there, counts))[:, 0])


def pearson_by_output(read: np.ndarray, rated: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(B, K) Pearson's r of readings and ratings (N, K); NaN where either is constant."""
    x, y, n = _centred(read), _centred(rated), counts.sum(1, keepdims=True)
    mean_x, mean_y = _sums(x, counts) / n, _sums(y, counts) / n
    covariance = _sums(x * y, counts) / n - mean_x * mean_y
    of_x, of_y = _sums(x * x, counts) / n - mean_x**2, _sums(y * y, counts) / n - mean_y**2
    varies = (of_x > _STILL) & (of_y > _STILL)
    spread = np.sqrt(np.where(varies, of_x * of_y, 1.0))
    r: np.ndarray = np.divide(covariance, spread, out=np.full_like(covariance, np.nan), where=varies)
    return r


def pearson(name: str, read: np.ndarray, rated: np.ndarray) -> Figure:
    """r of one output (N,) with its rating."""
    return Figure(name, len(read), lambda counts: pearson_by_output(read[:, None], rated[:, None], counts)[:, 0])


def mean_pearson(name: str, read: np.ndarray, rated: np.ndarray) -> Figure:
    """Mean of the outputs' r; NaN as soon as one of them is."""
    return Figure(name, len(read), lambda counts: pearson_by_output(read, rated, counts).mean(1))


def _centred(values: np.ndarray) -> np.ndarray:
    """(N, K) with mean 0 and deviation 1 a column; 0 throughout where it is constant but for rounding."""
    off = values - values.mean(0)
    deviation = off.std(0)
    constant = deviation <= _ROUNDING * np.abs(values).max(0)
    scaled: np.ndarray = np.where(constant, 0.0, off / np.where(constant, 1.0, deviation))
    return scaled


def _f1(found: np.ndarray, there: np.ndarray) -> np.ndarray:
    f1: np.ndarray = np.divide(2 * found, there, out=np.zeros_like(found), where=there > 0)
    return f1


def _sums(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Counted sums (B, K) of values (N, K), in float64."""
    sums: np.ndarray = (counts @ values.astype(np.float32 if values.dtype == bool else np.float64)).astype(np.float64)
    return sums
