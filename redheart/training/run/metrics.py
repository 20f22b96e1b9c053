"""How good raw predictions are: the same few metrics for every target of a kind, whoever predicted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from redheart.calculus.calibration import sigmoid
from redheart.nn.network.targets import TARGETS
from redheart.training.calibrate import cross_fitted_f1, f1

#: The metric of each kind by which epochs are compared; all of them rise with quality.
MAIN: Final = {
    "labels": "macro_f1",
    "classes": "macro_f1",
    "scores": "r",
    "dimensions": "r",
    "shares": "r",
    "pair": "accuracy",
}


def main_metric(target: str) -> str:
    """Its name in `PartFigures.metrics`: 'emotion macro_f1'."""
    return f"{target} {MAIN[TARGETS[target].kind]}"


def document_metrics(target: str, raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """raw, truth (B, outputs), NaN where nobody said -> metric name -> value; a metric that cannot be formed is absent.

    labels: macro-F1 over the labels that occur, each threshold tuned on the other half. classes: accuracy, macro-F1
    over the classes that occur. Numbers: RMSE, MAE, mean Pearson r over the outputs that vary.
    """
    rows = ~np.isnan(truth).all(1)
    return _METRICS[TARGETS[target].kind](raw[rows], truth[rows])


def pair_metrics(gaps: np.ndarray) -> dict[str, float]:
    """gaps (P,): preferred less other -> accuracy; a tie counts half."""
    return {"accuracy": float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))}


def baseline_metrics(target: str, taught: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The best constant that the train split (N, outputs) suggests, measured on `truth` (B, outputs).

    labels: every label said of every document (F1 of a constant 'no' is 0). classes: the most frequent. Numbers: the
    mean of each output; a constant has no correlation, so r is 0 by convention.
    """
    rows = ~np.isnan(truth).all(1)
    return _BASELINES[TARGETS[target].kind](taught[~np.isnan(taught).all(1)], truth[rows])


def _labels(raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    plain = (truth == 0) | (truth == 1)
    occurs = [i for i in range(truth.shape[1]) if plain[:, i].any() and 0 < (truth[plain[:, i], i] == 1).mean() < 1]
    if not occurs:
        return {}
    scores = [cross_fitted_f1(raw[plain[:, i]][:, [i]], truth[plain[:, i]][:, [i]]) for i in occurs]
    right = [((raw[:, i] > 0) == (truth[:, i] == 1))[plain[:, i]].mean() for i in occurs]
    return {"macro_f1": float(np.mean(scores)), "accuracy": float(np.mean(right))}


def _labels_baseline(taught: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    scores, right = [], []
    for i in range(truth.shape[1]):
        labels = truth[:, i][(truth[:, i] == 0) | (truth[:, i] == 1)]
        if len(labels) and 0 < labels.mean() < 1:
            scores.append(2 * labels.mean() / (1 + labels.mean()))
            right.append(((np.nanmean(taught[:, i]) > 0.5) == (labels == 1)).mean())
    return {"macro_f1": float(np.mean(scores)), "accuracy": float(np.mean(right))} if scores else {}


def _classes(raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return _by_class(raw.argmax(1), truth)


def _classes_baseline(taught: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return _by_class(np.full(len(truth), taught.mean(0).argmax()), truth)


def _by_class(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    if not len(truth):
        return {}
    real = truth.argmax(1)
    scores = [f1(guess == i, real == i) for i in np.unique(real)]
    return {"accuracy": float((guess == real).mean()), "macro_f1": float(np.mean(scores))}


def _scores(raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return _numbers(sigmoid(raw.astype(np.float64)), truth)


def _dimensions(raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return _numbers(raw.astype(np.float64), truth)


def _numbers(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    known = ~np.isnan(truth)
    if not known.any():
        return {}
    error = (guess - truth)[known]
    found = {"rmse": float(np.sqrt(np.mean(error**2))), "mae": float(np.abs(error).mean())}
    correlations = [
        np.corrcoef(guess[known[:, i], i], truth[known[:, i], i])[0, 1]
        for i in range(truth.shape[1])
        if _varies(truth[known[:, i], i]) and _varies(guess[known[:, i], i])
    ]
    return found | ({"r": float(np.mean(correlations))} if correlations else {})


def _numbers_baseline(taught: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    known = ~np.isnan(taught)
    mean = np.where(known, taught, 0).sum(0) / np.maximum(known.sum(0), 1)
    found = _numbers(np.broadcast_to(mean, truth.shape), np.where(known.any(0), truth, np.nan))
    return found | ({"r": 0.0} if found else {})


def _varies(values: np.ndarray) -> bool:
    # Not the deviation: that of equal numbers in float32 is rounding, not nought.
    return len(values) > 2 and float(np.ptp(values)) > 1e-9


_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], dict[str, float]]] = {
    "labels": _labels,
    "classes": _classes,
    "scores": _scores,
    "dimensions": _dimensions,
    "shares": _scores,
}
_BASELINES: dict[str, Callable[[np.ndarray, np.ndarray], dict[str, float]]] = {
    "labels": _labels_baseline,
    "classes": _classes_baseline,
    "scores": _numbers_baseline,
    "dimensions": _numbers_baseline,
    "shares": _numbers_baseline,
}
