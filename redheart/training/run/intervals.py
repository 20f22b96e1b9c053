"""Bootstrap intervals of metrics: each metric as a function of how often every row was drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from redheart.calculus.calibration import sigmoid
from redheart.nn.network.targets import TARGETS
from redheart.training.calibrate import best_threshold

DRAWS: Final = 1000
LEVEL: Final = 0.95
_AT_ONCE: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric with the ends of its 95 % percentile interval over draws of rows with replacement."""

    value: float
    low: float
    high: float
    rows: int


def interval(
    target: str, fitted: tuple[np.ndarray, np.ndarray], judged: tuple[np.ndarray, np.ndarray], seed: int = 0
) -> Interval | None:
    """The main metric of a target on `judged` (raw, truth); thresholds of labels come from `fitted`, another split.

    None where it cannot be formed: no rows, or nothing varies.
    """
    counted = _COUNTED[TARGETS[target].kind](fitted, judged)
    if counted is None:
        return None
    metric, rows = counted
    value = float(metric(np.ones((1, rows)))[0])
    found = np.concatenate([metric(draws) for draws in _draws(rows, seed)])
    found = found[~np.isnan(found)]
    if np.isnan(value) or not len(found):
        return None
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high), rows)


def _draws(rows: int, seed: int) -> Iterator[np.ndarray]:
    """`DRAWS` counts of rows in all, (at most so many at once that they fill 32 MiB, rows) each."""
    random, even, at_once = np.random.default_rng(seed), np.full(rows, 1 / rows), max(1, _AT_ONCE // rows)
    for at in range(0, DRAWS, at_once):
        yield random.multinomial(rows, even, size=min(at_once, DRAWS - at)).astype(np.float64)


Metric = Callable[[np.ndarray], np.ndarray]  # counts of rows (draws, n) -> (draws,)
Split = tuple[np.ndarray, np.ndarray]  # raw, truth


def _labels(fitted: Split, judged: Split) -> tuple[Metric, int] | None:
    raw, truth = _said_rows(judged)
    plain = (truth == 0) | (truth == 1)
    varies = [i for i in range(truth.shape[1]) if 0 < (truth[plain[:, i], i] == 1).sum() < plain[:, i].sum()]
    taught = [i for i in varies if ((fitted[1][:, i] == 1).any() and (fitted[1][:, i] == 0).any())]
    if not taught:
        return None
    thresholds = np.array([_threshold(fitted[0][:, i], fitted[1][:, i]) for i in taught])
    counts = plain[:, taught].any(1)  # a label between no and yes counts for neither
    plain, raw, truth = plain[counts][:, taught], raw[counts][:, taught], truth[counts][:, taught]
    return _f1_of((raw > thresholds) & plain, (truth == 1) & plain), len(raw)


def _threshold(raw: np.ndarray, truth: np.ndarray) -> float:
    plain = (truth == 0) | (truth == 1)
    return best_threshold(raw[plain], truth[plain] == 1)


def _classes(_: Split, judged: Split) -> tuple[Metric, int] | None:
    raw, truth = _said_rows(judged)
    if not len(raw):
        return None
    classes = np.unique(truth.argmax(1))
    return _f1_of(raw.argmax(1)[:, None] == classes, truth.argmax(1)[:, None] == classes), len(raw)


def _f1_of(said: np.ndarray, real: np.ndarray) -> Metric:
    """Macro-F1 of boolean (n, labels)."""
    both, said_sum, real_sum = (said & real).astype(float), said.astype(float), real.astype(float)

    def metric(counts: np.ndarray) -> np.ndarray:
        divisor = counts @ said_sum + counts @ real_sum
        scores = np.divide(2 * (counts @ both), divisor, out=np.zeros_like(divisor), where=divisor > 0)
        mean: np.ndarray = scores.mean(1)
        return mean

    return metric


def _scores(fitted: Split, judged: Split) -> tuple[Metric, int] | None:
    return _dimensions(fitted, (sigmoid(judged[0].astype(np.float64)), judged[1]))


def _dimensions(_: Split, judged: Split) -> tuple[Metric, int] | None:
    guess, truth = _said_rows(judged)
    known = ~np.isnan(truth)
    varied = [i for i in range(truth.shape[1]) if known[:, i].sum() > 2 and np.ptp(truth[known[:, i], i]) > 1e-9]
    if not varied:
        return None
    k = known[:, varied].astype(float)
    x, y = guess[:, varied].astype(float) * k, np.where(known, truth, 0.0)[:, varied]

    def metric(counts: np.ndarray) -> np.ndarray:
        n = np.maximum(counts @ k, 1)
        mean_x, mean_y = counts @ x / n, counts @ y / n
        covariance = counts @ (x * y) / n - mean_x * mean_y
        spread = np.sqrt(np.maximum(counts @ (x * x) / n - mean_x**2, 0))
        spread = spread * np.sqrt(np.maximum(counts @ (y * y) / n - mean_y**2, 0))
        r = np.divide(covariance, spread, out=np.full_like(covariance, np.nan), where=spread > 1e-12)
        mean: np.ndarray = r.mean(1)
        return mean

    return metric, len(guess)


def _pairs(_: Split, judged: Split) -> tuple[Metric, int] | None:
    gaps = judged[0][:, 0]
    if not len(gaps):
        return None
    right = ((gaps > 0) + 0.5 * (gaps == 0)).astype(float)
    return (lambda counts: counts @ right / counts.sum(1)), len(gaps)


def _said_rows(split: Split) -> Split:
    rows = ~np.isnan(split[1]).all(1)
    return split[0][rows], split[1][rows]


_COUNTED: dict[str, Callable[[Split, Split], tuple[Metric, int] | None]] = {
    "labels": _labels,
    "classes": _classes,
    "scores": _scores,
    "shares": _scores,
    "dimensions": _dimensions,
    "pair": _pairs,
}
