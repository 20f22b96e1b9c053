"""Figures as functions of how often each row counts: once each for the figure, at random for its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

RESAMPLES: Final = 1000
_AT_ONCE: Final = 50
#: Counts (B, units) -> a figure each (B,); NaN where it is undefined.
OfCounts = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure over `units` rows or groups of rows."""

    name: str
    units: int
    of: OfCounts

    def value(self) -> float:
        """Of every unit once."""
        return float(self.of(np.ones((1, self.units)))[0])


def intervals(figures: Sequence[Figure], seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals over 1,000 resamples (Efron, 1979), the same ones for all figures of as many units.

    A figure that is undefined in a resample leaves that one out; one that always is has no interval.
    """
    found: dict[str, tuple[float, float]] = {}
    for units in sorted({figure.units for figure in figures}):
        some = [figure for figure in figures if figure.units == units]
        drawn = [_of_draws(some, counts) for counts in _resampled(units, seed)] if units else []
        for figure, values in zip(some, np.concatenate(drawn, axis=1) if drawn else [], strict=bool(drawn)):
            if (defined := values[~np.isnan(values)]).size:
                low, high = np.quantile(defined, [0.025, 0.975])
                found[figure.name] = (float(low), float(high))
    return found


def _of_draws(figures: Sequence[Figure], counts: np.ndarray) -> np.ndarray:
    return np.stack([figure.of(counts) for figure in figures])


def _resampled(units: int, seed: int) -> Iterator[np.ndarray]:
    """Counts (B, units) of resamples with replacement, some rows at a time."""
    rng, offsets = np.random.default_rng(seed), units * np.arange(_AT_ONCE)[:, None]
    for _ in range(RESAMPLES // _AT_ONCE):
        drawn = (rng.integers(units, size=(_AT_ONCE, units)) + offsets).ravel()
        yield np.bincount(drawn, minlength=_AT_ONCE * units).reshape(_AT_ONCE, units).astype(np.float32)
