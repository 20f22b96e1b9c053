"""Kalman filter and smoother whose first state is partly unknown, exactly: no large number stands for infinity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from redheart.calculus.kalman import (
    Array,
    Filtered,
    LinearModel,
    Smoothed,
    Step,
    joined,
    kalman_filter,
    pseudo_inverse,
    rts_smoother,
)


@dataclass(frozen=True, slots=True)
class DiffuseEstimate:
    """Filtered and smoothed means (T, n), covariances (T, n, n); the log-likelihood is that of Koopman (1997).

    Filtered states that the measurements so far leave unknown have NaN means and infinite variances.
    """

    means: Array
    covariances: Array
    smoothed: Smoothed
    log_likelihood: float


def diffuse_estimate(model: LinearModel, steps: Sequence[Step], unknown: Sequence[int]) -> DiffuseEstimate:
    """States `unknown` of the first step have infinite variance; the model's mean and covariance hold for the others.

    The augmented filter of de Jong (1991): the estimates are linear in the unknown start d, so one run with d = 0 and
    one an unknown with unit start and zero measurements give all, and d itself is a least-squares estimate. Raises
    ValueError where the measurements do not determine it.
    """
    start = _known_part(model, unknown)
    filtered = kalman_filter(start, steps)
    runs = [_response(start, steps, index) for index in unknown]
    information, score = _information(filtered, runs, steps)  # (T, d, d), (T, d) up to each step
    if np.linalg.matrix_rank(information[-1]) < len(unknown):
        raise ValueError(f"the measurements do not determine the first states '{list(unknown)}': give a prior for them")
    spread = np.linalg.inv(information[-1])
    smoothed = _smoothed(start, filtered, runs, spread, spread @ score[-1])
    # The density at the best d, times the volume that d may fill: the (2 pi)^(d/2) of both cancel.
    _, log_determinant = np.linalg.slogdet(information[-1])
    log_likelihood = filtered.log_likelihood + 0.5 * float(score[-1] @ spread @ score[-1] - log_determinant)
    return DiffuseEstimate(*_completed(filtered, runs, information, score), smoothed, log_likelihood)


def _known_part(model: LinearModel, unknown: Sequence[int]) -> LinearModel:
    mean, covariance = model.mean.copy(), model.covariance.copy()
    for index in unknown:
        if not 0 <= index < len(mean):
            raise ValueError(f"unknown state '{index}' is none of the {len(mean)} states")
        mean[index], covariance[index, :], covariance[:, index] = 0.0, 0.0, 0.0
    return replace(model, mean=mean, covariance=covariance)


def _response(start: LinearModel, steps: Sequence[Step], index: int) -> Filtered:
    """What a unit of one unknown does to every estimate when nothing but zeros is measured."""
    unit = np.eye(len(start.mean))[index]
    silent = [[replace(m, value=m.value * 0.0) for m in step or ()] for step in steps]
    return kalman_filter(replace(start, mean=unit), silent)


def _information(filtered: Filtered, runs: Sequence[Filtered], steps: Sequence[Step]) -> tuple[Array, Array]:
    """Fisher information (T, d, d) about the unknowns and the score at 0 (T, d), gathered up to each step."""
    information, score = np.zeros((len(steps), len(runs), len(runs))), np.zeros((len(steps), len(runs)))
    for t, step in enumerate(steps):
        if (measured := joined(step)) is not None:
            h = measured.matrix
            precision = np.linalg.inv(h @ filtered.predicted_covariances[t] @ h.T + measured.noise)
            seen = np.stack([h @ run.predicted_means[t] for run in runs], axis=1)  # (m, d)
            information[t] = seen.T @ precision @ seen
            score[t] = seen.T @ precision @ (measured.value - h @ filtered.predicted_means[t])
    return information.cumsum(0), score.cumsum(0)


def _completed(filtered: Filtered, runs: Sequence[Filtered], information: Array, score: Array) -> tuple[Array, Array]:
    """Each step's filtered state, with the unknowns as far as they are determined by then."""
    means, covariances = filtered.means.copy(), filtered.covariances.copy()
    for t in range(len(means)):
        reach = np.stack([run.means[t] for run in runs], axis=1)  # (n, d)
        spread = pseudo_inverse(information[t])
        lost = reach @ (np.eye(reach.shape[1]) - spread @ information[t])
        means[t] += reach @ spread @ score[t]
        covariances[t] += reach @ spread @ reach.T
        unknown = np.abs(lost).max(axis=1) > 1e-9 * max(1.0, float(np.abs(reach).max()))
        means[t, unknown] = np.nan
        covariances[t][np.ix_(unknown, unknown)] = np.inf
    return means, covariances


def _smoothed(
    start: LinearModel, filtered: Filtered, runs: Sequence[Filtered], spread: Array, unknown: Array
) -> Smoothed:
    plain = rts_smoother(start, filtered)
    reach = np.stack([rts_smoother(start, run).means for run in runs], axis=2)  # (T, n, d)
    covariances = plain.covariances + reach @ spread @ reach.transpose(0, 2, 1)
    return Smoothed(plain.means + reach @ unknown, covariances)
