"""Linear-Gaussian state estimation: the Kalman filter, the Rauch-Tung-Striebel smoother. Float64 throughout."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

Array = np.ndarray

#: Directions of a correlation matrix with less variance than this count as certain.
CERTAIN = 1e-12


@dataclass(frozen=True, slots=True)
class LinearModel:
    """x_0 ~ N(mean, covariance); x_t = transition x_(t-1) + N(0, process).

    mean (n,), the three matrices (n, n), covariances symmetric and positive semidefinite. `covariance` is that of the
    first state before its own measurements. Raises ValueError for anything else.
    """

    transition: Array
    process: Array
    mean: Array
    covariance: Array

    def __post_init__(self) -> None:
        n = np.shape(self.mean)[0] if np.ndim(self.mean) == 1 else -1
        for name in ("transition", "process", "covariance"):
            if np.shape(getattr(self, name)) != (n, n):
                shapes = f"'{np.shape(getattr(self, name))}', the mean '{np.shape(self.mean)}'"
                raise ValueError(f"'{name}' has shape {shapes}: give (n, n) and (n,)")
        for name in ("transition", "process", "mean", "covariance"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        for name in ("transition", "mean"):
            _refuse_not_finite(name, getattr(self, name))
        for name in ("process", "covariance"):
            refuse_no_covariance(name, getattr(self, name))
            object.__setattr__(self, name, symmetric(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Measurement:
    """value (m,) = matrix (m, n) x_t + N(0, noise (m, m)). A NaN in `value` is a part that was not measured."""

    value: Array
    matrix: Array
    noise: Array

    def __post_init__(self) -> None:
        for name in ("value", "matrix", "noise"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        m = len(self.value) if self.value.ndim == 1 else -1
        if self.matrix.shape[:1] != (m,) or self.matrix.ndim != 2 or self.noise.shape != (m, m):
            shapes = f"{self.value.shape}, {self.matrix.shape}, {self.noise.shape}"
            raise ValueError(f"value, matrix, noise have shapes '{shapes}': give (m,), (m, n), (m, m)")
        _refuse_not_finite("matrix", self.matrix)
        if np.isinf(self.value).any():
            raise ValueError(f"measured value '{self.value.tolist()}' is infinite: NaN marks what was not measured")
        refuse_no_covariance("noise", self.noise)

    def measured(self) -> Self | None:
        """The parts that were measured; None where there is none."""
        known = ~np.isnan(self.value)
        if known.all():
            return self
        if not known.any():
            return None
        return type(self)(self.value[known], self.matrix[known], self.noise[np.ix_(known, known)])


#: What was measured at one step: nothing (None or an empty sequence), or any number of independent measurements.
Step = Sequence[Measurement] | None


@dataclass(frozen=True, slots=True)
class Gaussian:
    """A mean (n,) with its covariance (n, n)."""

    mean: Array
    covariance: Array


@dataclass(frozen=True, slots=True)
class Filtered:
    """Means (T, n) and covariances (T, n, n) before and after each step's measurements; log-densities (T,) in nats."""

    predicted_means: Array
    predicted_covariances: Array
    means: Array
    covariances: Array
    log_densities: Array

    @property
    def log_likelihood(self) -> float:
        """Of all measurements, in nats."""
        return float(self.log_densities.sum())


@dataclass(frozen=True, slots=True)
class Smoothed:
    """Means (T, n) and covariances (T, n, n) given the measurements of all steps."""

    means: Array
    covariances: Array


def kalman_filter(model: LinearModel, steps: Iterable[Step]) -> Filtered:
    """Predict and update through all steps. Raises ValueError without any step, or for a measurement that cannot fit.

    A step without measurements is predicted only. Updates use the Joseph form, so covariances stay symmetric and
    positive semidefinite whatever the gain's rounding.
    """
    predicted, updated, log_densities = [], [], []
    now = Gaussian(model.mean, model.covariance)
    for number, step in enumerate(steps):
        before = predict(model, now) if number else now
        measured = joined(step)
        now, log_density = (before, 0.0) if measured is None else update(before, measured)
        predicted.append(before)
        updated.append(now)
        log_densities.append(log_density)
    if not predicted:
        raise ValueError("the series has '0' steps: give one entry a step, None where nothing was measured")
    return Filtered(*_stacked(predicted), *_stacked(updated), np.array(log_densities))


def joined(step: Step) -> Measurement | None:
    """All that was measured at a step, as one measurement; None where nothing was."""
    parts = [measured for measurement in step or () if (measured := measurement.measured()) is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    noise = np.zeros((sum(len(part.value) for part in parts),) * 2)
    at = 0
    for part in parts:
        noise[at : (end := at + len(part.value)), at:end] = part.noise
        at = end
    return Measurement(
        np.concatenate([part.value for part in parts]), np.concatenate([part.matrix for part in parts]), noise
    )


def predict(model: LinearModel, before: Gaussian) -> Gaussian:
    """One step on."""
    f = model.transition
    return Gaussian(f @ before.mean, symmetric(f @ before.covariance @ f.T + model.process))


def update(before: Gaussian, measured: Measurement) -> tuple[Gaussian, float]:
    """After one measurement without NaN, with the log-density of what was measured."""
    if measured.matrix.shape[1] != len(before.mean):
        columns = measured.matrix.shape[1]
        raise ValueError(f"the matrix has '{columns}' columns, the state '{len(before.mean)}' parts: give as many")
    k, innovation, spread = gain(before, measured)
    keep = np.eye(len(before.mean)) - k @ measured.matrix
    covariance = keep @ before.covariance @ keep.T + k @ measured.noise @ k.T
    return Gaussian(before.mean + k @ innovation, symmetric(covariance)), _log_density(innovation, spread)


def gain(before: Gaussian, measured: Measurement) -> tuple[Array, Array, Array]:
    """The Kalman gain (n, m), the innovation (m,), its covariance (m, m). Raises ValueError where that is singular."""
    h = measured.matrix
    spread = h @ before.covariance @ h.T + measured.noise
    try:
        k = np.linalg.solve(spread, h @ before.covariance).T
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"innovation covariance '{spread.tolist()}' is singular: give the measurement some noise"
        ) from error
    return k, measured.value - h @ before.mean, spread


def rts_smoother(model: LinearModel, filtered: Filtered) -> Smoothed:
    """Backwards through a filter's output (Rauch, Tung, Striebel 1965), covariances again in Joseph form.

    Singular predictions, as of a sum carried along in the state, are met with a pseudo-inverse.
    """
    means, covariances = filtered.means.copy(), filtered.covariances.copy()
    for t in range(len(means) - 2, -1, -1):
        back = covariances[t] @ model.transition.T @ pseudo_inverse(filtered.predicted_covariances[t + 1])
        means[t] += back @ (means[t + 1] - filtered.predicted_means[t + 1])
        keep = np.eye(len(back)) - back @ model.transition
        covariance = keep @ covariances[t] @ keep.T + back @ (model.process + covariances[t + 1]) @ back.T
        covariances[t] = symmetric(covariance)
    return Smoothed(means, covariances)


def pseudo_inverse(covariance: Array) -> Array:
    """Moore-Penrose inverse on the scale of correlations, so that units do not decide what counts as zero."""
    deviation = np.sqrt(np.diag(covariance))
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    correlation = covariance * np.outer(scale, scale)
    inverse: Array = np.linalg.pinv(correlation, rcond=CERTAIN, hermitian=True) * np.outer(scale, scale)
    return inverse


def refuse_no_covariance(name: str, matrix: Array) -> None:
    """Raises ValueError unless symmetric and positive semidefinite, to rounding."""
    _refuse_not_finite(name, matrix)
    largest = float(np.abs(matrix).max(initial=0.0))
    if np.abs(matrix - matrix.T).max(initial=0.0) > 1e-9 * largest:
        raise ValueError(f"'{name}' is not symmetric: '{matrix.tolist()}'")
    if largest and np.linalg.eigvalsh(matrix)[0] < -1e-9 * largest:
        raise ValueError(f"'{name}' is no covariance, an eigenvalue is negative: '{matrix.tolist()}'")


def _refuse_not_finite(name: str, values: Array) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"'{name}' is not finite: '{values.tolist()}'")


def symmetric(matrix: Array) -> Array:
    """Without the last bits in which rounding makes the two halves differ."""
    halves: Array = (matrix + matrix.T) / 2
    return halves


def _log_density(innovation: Array, spread: Array) -> float:
    _, log_determinant = np.linalg.slogdet(spread)
    distance = innovation @ np.linalg.solve(spread, innovation)
    return float(-0.5 * (len(innovation) * np.log(2 * np.pi) + log_determinant + distance))


def _stacked(states: Sequence[Gaussian]) -> tuple[Array, Array]:
    return np.stack([state.mean for state in states]), np.stack([state.covariance for state in states])
