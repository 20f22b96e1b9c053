"""What a learning-rate range test suggests, read from its curve. Smith (2017), arXiv:1506.01186."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from redheart.training.report.counted import counted
from redheart.types.base import Frozen

#: The curve ends where the smoothed loss exceeds this many times its lowest value so far.
STOP: Final = 4.0
_WINDOW_SHARE: Final = 20  # smoothing averages a twentieth of the points, centred: no lag in the rate
_FEWEST: Final = 8


class RangeReading(Frozen):
    """Suggested rates; null, with the reason in `refusal`, where the curve shows no fall."""

    rates: tuple[float, ...]  # of the smoothed curve, up to its end
    smoothed: tuple[float, ...]
    steepest: float | None  # where the loss falls fastest per factor of the rate
    tenth_of_minimum: float | None  # a tenth of the rate of the lowest loss
    refusal: str | None


def read_range(curve: Sequence[tuple[float, float]]) -> RangeReading:
    """`curve` is (rate, loss), rates rising; it is read up to its first loss that is not finite."""
    finite = finite_part(curve)
    smoothed = _up_to_stop(_smooth([loss for _, loss in finite]))
    rates = tuple(rate for rate, _ in finite[: len(smoothed)])
    lowest = smoothed.index(min(smoothed)) if smoothed else 0
    refusal = _refusal(len(rates), lowest)
    return RangeReading(
        rates=rates,
        smoothed=tuple(smoothed),
        steepest=None if refusal else rates[_steepest(rates, smoothed, lowest)],
        tenth_of_minimum=None if refusal else rates[lowest] / 10,
        refusal=refusal,
    )


def finite_part(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The curve up to its first loss that is not finite."""
    ends = next((place for place, (_, loss) in enumerate(curve) if not math.isfinite(loss)), len(curve))
    return list(curve[:ends])


def _smooth(losses: Sequence[float]) -> list[float]:
    half = max(1, len(losses) // (2 * _WINDOW_SHARE))
    windows = (losses[max(0, place - half) : place + half + 1] for place in range(len(losses)))
    return [math.fsum(window) / len(window) for window in windows]


def _up_to_stop(smoothed: Sequence[float]) -> list[float]:
    lowest, kept = math.inf, []
    for loss in smoothed:
        if 0 < STOP * lowest < loss:
            break
        lowest = min(lowest, loss)
        kept.append(loss)
    return kept


def _refusal(points: int, lowest: int) -> str | None:
    if points < _FEWEST:
        return f"only {counted(points, 'step')} before it diverged, of at least {_FEWEST}"
    return "the loss never fell" if lowest == 0 else None


def _steepest(rates: Sequence[float], smoothed: Sequence[float], lowest: int) -> int:
    """The place of the fastest fall of loss over log rate, by central differences, up to the lowest loss."""

    def slope(place: int) -> float:
        left, right = max(0, place - 1), min(len(rates) - 1, place + 1)
        return (smoothed[right] - smoothed[left]) / math.log(rates[right] / rates[left])

    return min(range(lowest + 1), key=slope)
