"""Fits that turn logits into probabilities, by maximum likelihood: temperature, slope, Platt's two numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_STEPS: Final = 50
_TOLD_RIGHT: Final = 1e-9  # nats a row: every row is told right, so no finite fit is best
#: ln T is searched between these; an optimum at either end is none.
_LOG_TEMPERATURES: Final = (-12.0, 12.0)


@dataclass(frozen=True, slots=True)
class Temperature:
    """P = softmax(logits / `value`), sigmoid for a vector; mean negative log likelihood in nats before (T = 1), after.

    Dividing by a positive number changes no order, so no answer and no accuracy changes.
    """

    value: float
    nll_before: float
    nll_after: float


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Logistic function."""
    with np.errstate(over="ignore"):  # an infinite divisor gives the 0 that is meant
        squashed: np.ndarray = 1 / (1 + np.exp(-z))
    return squashed


def platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(a, b) of P = sigmoid(a z + b) by maximum likelihood (Platt 1999); vectors (rows,), truth in [0, 1].

    Raises ValueError where no finite a and b are best, as for rows of one class.
    """
    a, b = _newton(np.stack([logits, np.ones_like(logits)]), truth, np.array([1.0, 0.0]))
    return float(a), float(b)


def slope(logits: np.ndarray, truth: np.ndarray) -> float:
    """a of P = sigmoid(a z) by maximum likelihood: no offset, so that the sign of z is the sign of the reading.

    Raises ValueError where no finite a is best, as where every sign is right.
    """
    return float(_newton(logits[None, :], truth, np.array([1.0]))[0])


def _newton(inputs: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights (n,) of the likeliest sigmoid(weights @ inputs), inputs (n, rows); a step too long is halved."""
    _refuse_rows(inputs, truth)
    loss = _loss(inputs, truth, weights)
    for _ in range(_STEPS):
        p = sigmoid(weights @ inputs)
        spread = np.maximum(p * (1 - p), 1e-9)
        hessian = (spread * inputs) @ inputs.T + 1e-6 * np.eye(len(weights))
        step = np.linalg.solve(hessian, inputs @ (p - truth))
        while (shorter := _loss(inputs, truth, weights - step)) > loss * (1 + 1e-9):
            step = step / 2
        weights, loss = weights - step, shorter
        if loss < _TOLD_RIGHT * len(truth):
            break
        if np.abs(step).max() < 1e-10:
            return weights
    raise ValueError(f"'{len(truth)}' rows have no finite fit after {_STEPS} steps; fit on rows of both classes, mixed")


def _refuse_rows(inputs: np.ndarray, truth: np.ndarray) -> None:
    if truth.shape != inputs.shape[1:] or not np.isfinite(inputs).all():
        raise ValueError(
            f"logits '{inputs.shape[1:]}', truth '{truth.shape}': give one finite logit and one truth a row"
        )
    _refuse(truth[~((truth >= 0) & (truth <= 1))], "truth in [0, 1]")
    if np.linalg.matrix_rank(inputs) < len(inputs):
        raise ValueError(f"'{len(truth)}' rows do not tell apart {len(inputs)} number(s): give logits that differ")


def _loss(inputs: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    z = weights @ inputs
    return float(np.sum(np.logaddexp(0.0, z) - truth * z))


def temperature(logits: np.ndarray, truth: np.ndarray) -> Temperature:
    """One T > 0 of least negative log likelihood (Guo et al. 2017), never worse than T = 1.

    `logits` (rows,) with `truth` (rows,) in [0, 1], or (rows, classes) with `truth` the index of the class. Raises
    ValueError for other shapes, values that are not finite, or rows without a finite optimum: all told right, which
    asks for T = 0, or no better than chance, which asks for an infinite T.
    """
    from scipy.optimize import minimize_scalar  # only those who fit pay for it

    nll = _likelihood(np.asarray(logits, dtype=np.float64), np.asarray(truth))
    found = minimize_scalar(
        lambda log_t: nll(float(np.exp(-log_t))), bounds=_LOG_TEMPERATURES, method="bounded", options={"xatol": 1e-10}
    )
    low, high = _LOG_TEMPERATURES
    if not low + 0.01 < found.x < high - 0.01 or not nll(float(np.exp(-found.x))) < min(nll(0.0), nll(np.exp(-low))):
        side = "told right, so T would be 0" if found.x < 0 else "no better than chance, so T would be infinite"
        raise ValueError(f"'{len(logits)}' rows are {side}; fit on rows that hold errors and successes")
    before, after = nll(1.0), nll(float(np.exp(-found.x)))
    return Temperature(1.0, before, before) if after > before else Temperature(float(np.exp(found.x)), before, after)


def cross_fit(n: int, fit_then_apply: Callable[[Any, Any], np.ndarray], like: np.ndarray) -> np.ndarray:
    """Row by row in the shape of `like`, each half of n rows judged by what was fitted on the other.

    `fit_then_apply(fitted, judged)` gets the row numbers of the two, even ones and odd ones.
    """
    result = np.empty_like(like)
    even, odd = np.arange(0, n, 2), np.arange(1, n, 2)
    for fitted, judged in ((even, odd), (odd, even)):
        result[judged] = fit_then_apply(fitted, judged)
    return result


def _likelihood(logits: Matrix, truth: np.ndarray) -> Callable[[float], float]:
    """Mean negative log likelihood as a function of 1 / T."""
    if logits.ndim not in (1, 2) or truth.shape != logits.shape[:1] or not len(logits):
        raise ValueError(f"logits '{logits.shape}', truth '{truth.shape}': give one truth a row")
    if not np.isfinite(logits).all() or not np.isfinite(truth).all():
        raise ValueError(f"'{np.count_nonzero(~np.isfinite(logits))}' logits are not finite, or a truth is not")
    if logits.ndim == 1:
        _refuse(truth[(truth < 0) | (truth > 1)], "truth in [0, 1]")
        return lambda a: float(np.mean(np.logaddexp(0.0, a * logits) - truth * a * logits))
    _refuse(truth[(truth < 0) | (truth >= logits.shape[1]) | (truth != np.floor(truth))], "the index of a class")
    own = np.take_along_axis(logits, truth.astype(np.intp)[:, None], axis=1)
    behind = logits - own  # (rows, classes), 0 for the true class
    return lambda a: float(np.mean(np.logaddexp.reduce(a * behind, axis=1)))


def _refuse(outside: np.ndarray, wanted: str) -> None:
    if outside.size:
        raise ValueError(f"truth '{outside[0]}': give {wanted}")
