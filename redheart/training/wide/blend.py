"""What a wide part adds to deep logits on dev, each half judged by what the other half fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from redheart.calculus.calibration import cross_fit, sigmoid
from redheart.errors import InputError
from redheart.training.wide.heads import WidePart

RESAMPLES = 1_000
SEED = 7


@dataclass(frozen=True, slots=True)
class Blend:
    """Dev figures in [0, 1]; `gain` is that of the blend over the deep logits, with its 95 % interval by bootstrap."""

    metric: str
    rows: int
    wide: float
    deep: float
    blended: float
    gain: float
    gain_low: float
    gain_high: float
    weight: float  # of a wide logit beside a deep one, by all rows


def blend(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray, part: WidePart) -> Blend:
    """Logits and truths (N, outputs); NaN in the truth is unknown."""
    both = cross_fitted(deep, wide, truth)
    of_wide, of_deep, of_both = (part.decide(logits, truth) for logits in (wide, deep, both))
    low, high = np.quantile(_bootstrapped(of_deep, of_both, truth, part), (0.025, 0.975))
    alone, blended = part.score(of_deep, truth), part.score(of_both, truth)
    return Blend(
        metric=part.metric,
        rows=len(truth),
        wide=part.score(of_wide, truth),
        deep=alone,
        blended=blended,
        gain=blended - alone,
        gain_low=float(low),
        gain_high=float(high),
        weight=blend_weight(deep, wide, truth),
    )


def cross_fitted(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """deep + weight * wide, the weight by the other half."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        weight = blend_weight(deep[fitted], wide[fitted], truth[fitted])
        mixed: np.ndarray = deep[judged] + weight * wide[judged]
        return mixed

    return cross_fit(len(deep), apply, deep.astype(float))


def blend_weight(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray) -> float:
    """How much a wide logit weighs beside a deep one where sigmoid(a deep + b wide + c) is likeliest: b / a, or 0."""
    known = ~np.isnan(truth)
    z, w, y = deep[known].astype(float), wide[known].astype(float), truth[known]

    def loss(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        a, b, c = numbers
        logits = a * z + b * w + c
        off = (sigmoid(logits) - y) / len(y)
        return float(np.mean(np.logaddexp(0, logits) - y * logits)), np.array([off @ z, off @ w, off.sum()])

    a, b, _ = minimize(loss, np.array([1.0, 0.0, 0.0]), jac=True, method="L-BFGS-B").x
    if a <= 0:
        raise InputError("the deep logits say the opposite of the truth: there is nothing to add to. Is it trained?")
    return max(0.0, float(b / a))


def _bootstrapped(one: np.ndarray, other: np.ndarray, truth: np.ndarray, part: WidePart) -> np.ndarray:
    """Gains of resampled rows, decisions as they are."""
    rng = np.random.default_rng(SEED)
    draws = (rng.integers(len(truth), size=len(truth)) for _ in range(RESAMPLES))
    return np.array([part.score(other[rows], truth[rows]) - part.score(one[rows], truth[rows]) for rows in draws])
