"""Plateau: where the validation loss has settled lowest, by Mann-Kendall's test of trend and CUSUM's of shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from redheart.training.selection.curve import Curve
from redheart.training.selection.technique import Choice, abstention

NAME: Final = "plateau"
WINDOW: Final = 5
TREND: Final = 0.5  # |z| of Mann-Kendall below which a window has none
THRESHOLD: Final = 2.0  # of CUSUM, in standard deviations of the noise
DRIFT: Final = THRESHOLD / 2
_MAD_TO_SIGMA: Final = 1 / 0.6745


def choose(curve: Curve) -> Choice:
    """The centre of the plateau with the lowest mean loss; of a centre between two epochs, the lower one."""
    if len(curve.epochs) < WINDOW:
        return abstention(NAME, f"needs {WINDOW} epochs, has {len(curve.epochs)}")
    spans = plateaus(curve.losses)
    if not spans:
        return abstention(NAME, f"no {WINDOW} epochs without a trend or a shift")
    first, last = min(spans, key=lambda span: (curve.losses[span[0] : span[1] + 1].mean(), span))
    centre = (first + last) // 2
    held = [place for place in range(first, last + 1) if curve.held[place]]
    if not held:
        said = f"{curve.epochs[first]} to {curve.epochs[last]}"
        return abstention(NAME, f"no epoch of its plateau, {said}, is on disk")
    at = min(held, key=lambda place: (abs(place - centre), place))
    return Choice(
        technique=NAME,
        epoch=int(curve.epochs[at]),
        reason=f"centre of epochs {curve.epochs[first]} to {curve.epochs[last]}, "
        f"mean loss {curve.losses[first : last + 1].mean():.4g}",
        wanted=None if at == centre else int(curve.epochs[centre]),
        span=(int(curve.epochs[first]), int(curve.epochs[last])),
    )


def plateaus(losses: np.ndarray) -> list[tuple[int, int]]:
    """(n,) -> (first, last) places of the stretches of at least `WINDOW` epochs without trend or shift.

    Windows without a trend that share an epoch are one stretch: noise alone gives every second window a trend of this
    size. What drifts over the stretch is left to CUSUM.
    """
    places = range(len(losses) - WINDOW + 1)
    flat = [at for at in places if abs(mann_kendall(losses[at : at + WINDOW])) < TREND]
    return [cut for first, last in _joined(flat) for cut in _without_shifts(losses, first, last)]


def mann_kendall(values: np.ndarray) -> float:
    """z of Mann's test (1945) with Kendall's correction for ties: 0 without a trend, positive for a rising one."""
    n = len(values)
    score = int(np.sign(values[None, :] - values[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    return 0.0 if score == 0 or variance == 0 else float((score - np.sign(score)) / np.sqrt(variance))


def first_shift(values: np.ndarray) -> int | None:
    """Where Page's two-sided CUSUM (1954) says that the level of the first `WINDOW` values ended, or None.

    The noise is measured from one value to the next: a shift would widen a deviation over all values and hide itself.
    """
    level = values[:WINDOW].mean()
    sigma = _MAD_TO_SIGMA * np.median(np.abs(np.diff(values))) / np.sqrt(2)
    for sign in (1.0, -1.0):
        total, began = 0.0, 0
        for place, value in enumerate(values):
            total += sign * (value - level) - DRIFT * sigma
            if total <= 0:
                total, began = 0.0, place + 1
            elif total > max(THRESHOLD * sigma, 1e-12 * abs(level)):
                return began
    return None


def _joined(starts: Sequence[int]) -> list[tuple[int, int]]:
    """First and last place of the stretches that windows from these places cover together."""
    spans: list[tuple[int, int]] = []
    for start in starts:
        joins = spans and start <= spans[-1][1]
        first = spans.pop()[0] if joins else start
        spans.append((first, start + WINDOW - 1))
    return spans


def _without_shifts(losses: np.ndarray, first: int, last: int) -> list[tuple[int, int]]:
    """The span cut where its level shifts; what is shorter than a window is no plateau."""
    kept: list[tuple[int, int]] = []
    while last - first + 1 >= WINDOW:
        shift = first_shift(losses[first : last + 1])
        if shift is None:
            return [*kept, (first, last)]
        if shift >= WINDOW:
            kept.append((first, first + shift - 1))
        first += max(shift, 1)
    return kept
