"""How far stated probabilities lie from what came true, bin by bin."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np

Binning = Literal["width", "mass"]
Norm = Literal["l1", "l2", "max"]

#: Two-sided 95 % point of the normal distribution.
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose stated probability lies from `low` to `high`: their mean, the share that came true, how many.

    `interval` is the Wilson 95 % interval of that share; it holds for truths of 0 and 1.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int
    interval: tuple[float, float]

    @property
    def gap(self) -> float:
        """Distance of the two, in [0, 1]."""
        return abs(self.confidence - self.accuracy)


def reliability(
    probability: np.ndarray, truth: np.ndarray, bins: int = 15, *, binning: Binning = "width"
) -> tuple[Bin, ...]:
    """The bins of a reliability diagram that hold rows, in order; all labels pooled.

    "width": [0, 1] in equal parts, each with its lower edge, the last with both, as torchmetrics but for a probability
    of exactly 1, for which torchmetrics has a part of its own. "mass": as many rows in each, as far as equal
    probabilities, which stay together, allow; low and high are then the least and the largest probability of its rows.
    Raises ValueError for arrays of different shape or without rows, values outside [0, 1], fewer than one bin, or an
    unknown binning.
    """
    p, y = _checked(probability, truth)
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise ValueError(f"bins '{bins}': give a whole number of at least 1")
    if binning == "width":
        edges = np.linspace(0, 1, bins + 1)
        place = np.minimum(np.searchsorted(edges, p, side="right") - 1, bins - 1)
        spans = [(float(low), float(high)) for low, high in pairwise(edges)]
        parts = [np.flatnonzero(place == i) for i in range(bins)]
        return tuple(_bin(p[part], y[part], span) for part, span in zip(parts, spans, strict=True) if len(part))
    if binning == "mass":
        place = _by_mass(p, bins)
        parts = [np.flatnonzero(place == i) for i in range(bins)]
        return tuple(
            _bin(p[part], y[part], (float(p[part].min()), float(p[part].max()))) for part in parts if len(part)
        )
    raise ValueError(f"binning '{binning}': choose 'width' or 'mass'")


def ece(
    probability: np.ndarray, truth: np.ndarray, bins: int = 15, *, binning: Binning = "width", norm: Norm = "l1"
) -> float:
    """Expected calibration error in [0, 1] over the bins of `reliability`. No correction for small samples.

    "l1": mean gap; "l2": root of the mean squared gap; "max": largest gap. Refuses what `reliability` refuses.
    """
    found = reliability(probability, truth, bins, binning=binning)
    rows = sum(each.count for each in found)
    if norm == "l1":
        return sum(each.gap * each.count for each in found) / rows
    if norm == "l2":
        return float(np.sqrt(sum(each.gap**2 * each.count for each in found) / rows))
    if norm == "max":
        return max(each.gap for each in found)
    raise ValueError(f"norm '{norm}': choose 'l1', 'l2' or 'max'")


def debiased_ece(
    probability: np.ndarray, truth: np.ndarray, bins: int = 15, *, draws: int = 200, seed: int = 0
) -> float:
    """The "l1" error over bins of equal mass, less what chance alone gives it, at least 0.

    A bin of finitely many rows has a gap even where every probability is right. How much on average is found by drawing
    `draws` times truths from the stated probabilities (as in Kumar et al., NeurIPS 2019, and Roelofs et al., AISTATS
    2022). Refuses what `reliability` refuses, and fewer than one draw.
    """
    p, y = _checked(probability, truth)
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise ValueError(f"draws '{draws}': give a whole number of at least 1")
    place = _by_mass(p, bins)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    p, y, rng = p[order].astype(float), y[order].astype(float), np.random.default_rng(seed)
    found = _gaps((p - y)[None], starts)[0]
    chance = [float(_gaps(p - (rng.random((1, len(p))) < p), starts)[0]) for _ in range(draws)]
    return max(0.0, float(found - np.mean(chance)))


def _gaps(misses: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean gap (draws,) of misses (draws, rows) whose bins begin at `starts`."""
    gaps: np.ndarray = np.abs(np.add.reduceat(misses, starts, axis=1)).sum(1) / misses.shape[1]
    return gaps


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share of `count` rows (Wilson 1927), within [0, 1]. Raises ValueError for what is no share."""
    if not 0 <= share <= 1 or count < 1:
        raise ValueError(f"a share of '{share}' of '{count}' rows: give a share in [0, 1] of one row or more")
    spread = _Z95**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z95 / (1 + spread) * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _by_mass(p: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each row (rows,): that in which the middle one of its equals falls by rank."""
    ranked = np.sort(p)
    middle = (np.searchsorted(ranked, p, side="left") + np.searchsorted(ranked, p, side="right") - 1) // 2
    sizes = [len(part) for part in np.array_split(ranked, bins)]
    places: np.ndarray = np.repeat(np.arange(bins), sizes)[middle]
    return places


def _bin(p: np.ndarray, y: np.ndarray, span: tuple[float, float]) -> Bin:
    accuracy = float(y.mean())
    return Bin(*span, float(p.mean()), accuracy, len(p), wilson_interval(min(1.0, accuracy), len(p)))


def _checked(probability: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p, y = np.asarray(probability), np.asarray(truth)
    if p.shape != y.shape or not p.size:
        raise ValueError(f"probabilities '{p.shape}', truths '{y.shape}': give one truth a probability, one or more")
    for name, values in (("probability", p), ("truth", y)):
        outside = ~((values >= 0) & (values <= 1))  # NaN is outside too
        if outside.any():
            raise ValueError(f"a {name} of '{values[outside][0]}': it lies in [0, 1]")
    return p.ravel(), y.ravel()
