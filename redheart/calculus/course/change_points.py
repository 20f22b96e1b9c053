"""Where the mean of a series shifts for good: the partition of least squared error and penalty, by dynamic programming.

The optimum that PELT (Killick et al. 2012) prunes its way to; a text is too short to need the pruning.
"""

import numpy as np

Array = np.ndarray

#: Fewer points cannot show a shift against their own spread.
LEAST_POINTS = 6
_SHORTEST_PART = 2


def change_points(series: Array, noise: Array | float, factor: float = 1.0) -> tuple[int, ...]:
    """First index of each new part, in order; empty where the mean stays.

    series (T,) or (T, k); noise: variance, or covariance (k, k), of the points about an unchanged mean. After whitening
    by it, a change must lower the squared error by more than `factor` (k + 1) ln T; at 1, the Bayesian information
    criterion's price of k means and a place, which in short series noise alone often pays. Parts have two points or
    more. Raises ValueError: fewer than 6 points, NaN, bad noise, a factor that is not above 0.
    """
    points = np.asarray(series, dtype=float)
    points = points[:, None] if points.ndim == 1 else points
    if len(points) < LEAST_POINTS:
        raise ValueError(f"'{len(points)}' points: change points need {LEAST_POINTS} or more")
    if not np.isfinite(points).all():
        raise ValueError("the series has values that are not finite: leave them out, or fill them by the smoother")
    if not 0 < factor < np.inf:
        raise ValueError(f"a factor of '{factor}' of the penalty: give a number above 0")
    white = _whitened(points, np.atleast_2d(np.asarray(noise, dtype=float)))
    return _best_partition(white, factor * (white.shape[1] + 1) * float(np.log(len(white))))


def _whitened(points: Array, noise: Array) -> Array:
    k = points.shape[1]
    if noise.shape != (k, k):
        raise ValueError(f"noise of shape '{noise.shape}' for '{k}' series: give a covariance ({k}, {k})")
    try:
        root = np.linalg.cholesky(noise)
    except np.linalg.LinAlgError as error:
        raise ValueError(f"noise '{noise.tolist()}' is not positive definite") from error
    white: Array = np.linalg.solve(root, (points - points.mean(0)).T).T
    return white


def _best_partition(points: Array, penalty: float) -> tuple[int, ...]:
    """The starts of all parts but the first, at the least sum of squared errors plus a penalty a part."""
    count = len(points)
    sums = np.vstack([np.zeros(points.shape[1]), points.cumsum(0)])
    squares = np.concatenate([[0.0], (points**2).sum(1).cumsum()])
    best, start = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=int)
    best[0] = 0.0
    for end in range(_SHORTEST_PART, count + 1):
        starts = np.arange(end - _SHORTEST_PART + 1)
        means_part = ((sums[end] - sums[starts]) ** 2).sum(1) / (end - starts)
        totals = best[starts] + squares[end] - squares[starts] - means_part + penalty
        start[end] = int(totals.argmin())
        best[end] = totals[start[end]]
    found, at = [], int(start[count])
    while at:
        found.append(at)
        at = int(start[at])
    return tuple(reversed(found))
