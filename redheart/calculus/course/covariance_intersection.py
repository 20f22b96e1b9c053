"""Fusion of two estimates whose common errors are unknown: covariance intersection (Julier, Uhlmann 1997)."""

from dataclasses import dataclass

import numpy as np

from redheart.calculus.kalman import Array, Gaussian

_HALVINGS = 60  # of the interval of weights: to the last bit


@dataclass(frozen=True, slots=True)
class Intersection:
    """The fused mean (n,), its covariance (n, n), and omega in [0, 1], the weight that the first estimate got."""

    mean: Array
    covariance: Array
    omega: float


def covariance_intersection(first: Gaussian, second: Gaussian) -> Intersection:
    """C^-1 = omega A^-1 + (1 - omega) B^-1, omega by the least determinant of C.

    Consistent whatever the correlation of the two errors, hence fit for what was computed from the other: an estimate
    fused with itself stays as it is. Covariances must be positive definite; raises ValueError.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(f"means of '{len(first.mean)}' and '{len(second.mean)}' parts: give estimates of one state")
    if not (np.isfinite(first.mean).all() and np.isfinite(second.mean).all()):
        raise ValueError(f"means '{first.mean.tolist()}', '{second.mean.tolist()}' are not finite")
    root = _factor("first", first.covariance)
    _factor("second", second.covariance)
    whitening = np.linalg.inv(root)
    # In the axes where the first is the unit matrix and the second diagonal, the determinant is a product.
    ratios = 1 / np.linalg.eigvalsh(whitening @ second.covariance @ whitening.T)
    omega = _best_omega(ratios)
    a, b = np.linalg.inv(first.covariance), np.linalg.inv(second.covariance)
    covariance = np.linalg.inv(omega * a + (1 - omega) * b)
    mean = covariance @ (omega * (a @ first.mean) + (1 - omega) * (b @ second.mean))
    return Intersection(mean, (covariance + covariance.T) / 2, omega)


def _best_omega(ratios: Array) -> float:
    """The largest sum of log(omega + (1 - omega) r) over precision ratios r; concave, so its slope is bisected."""

    def slope(omega: float) -> float:
        return float(((1 - ratios) / (omega + (1 - omega) * ratios)).sum())

    if slope(1.0) >= -1e-12 * len(ratios):  # equal estimates: any weight would do
        return 1.0
    if slope(0.0) <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2


def _factor(which: str, covariance: Array) -> Array:
    if not np.isfinite(covariance).all():
        raise ValueError(f"the {which} covariance '{covariance.tolist()}' is not finite")
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"the {which} covariance '{covariance.tolist()}' is not positive definite: give every part some variance"
        ) from error
