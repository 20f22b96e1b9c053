"""Turns samples into the numbers of the bins they fall in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Binning = Literal["width", "quantile"]
Codes = NDArray[Any]  # uint16 where the bins allow, else int64
Samples = NDArray[np.float64]

#: Comparisons made at once for all axes together; more samples go axis by axis.
_COMPARED_AT_ONCE: Final = 20_000
#: Samples worked on at once: intermediate results stay in the cache, and never touch fresh memory.
_CHUNK: Final = 8192
#: A sample this near to an edge, in bins, is compared with it.
_NEAR: Final = 1e-6


def bin_codes(values: Sequence[Samples], bins: Sequence[int], binning: Binning) -> Codes:
    """`values`: one (N,) an axis, `bins`: how many for each -> (axes, N) bin numbers from 0.

    "width": equal-width bins between the least and the greatest value, the last one closed, as `numpy.histogramdd`
    cuts them. "quantile": as many samples a bin as ties allow; equal values share a bin.
    Raises ValueError naming the axis, from 0, and the sample of a value that is not finite.
    """
    low, high = np.array([row.min() for row in values]), np.array([row.max() for row in values])
    with np.errstate(over="ignore"):
        _refuse_what_is_not_finite(values, high - low)
    codes = np.empty((len(values), len(values[0])), dtype=np.uint16 if max(bins) <= 2**16 else np.int64)
    if binning == "quantile":
        for axis, row in enumerate(values):
            codes[axis] = np.searchsorted(_quantiles(row, bins[axis]), row, side="right")
        return codes
    flat = np.where(low == high, 0.5, 0.0)  # a constant axis gets an interval of length 1 around it
    if len(set(bins)) == 1 and codes.size * bins[0] <= _COMPARED_AT_ONCE:
        edges = np.linspace(low - flat, high + flat, bins[0] + 1, axis=1)
        np.sum(np.stack(values)[:, :, None] >= edges[:, None, 1:-1], axis=2, out=codes, dtype=codes.dtype)
        return codes
    for axis, row in enumerate(values):
        _fill(codes[axis], row, np.linspace(low[axis] - flat[axis], high[axis] + flat[axis], bins[axis] + 1))
    return codes


def _refuse_what_is_not_finite(values: Sequence[Samples], widths: Samples) -> None:
    if np.isfinite(widths).all():
        return
    for axis, row in enumerate(values):
        wrong = np.flatnonzero(~np.isfinite(row))
        if len(wrong):
            name = "the target" if axis == 0 else f"agent {axis}"
            raise ValueError(f"{name} is '{row[wrong[0]]}' at sample {wrong[0]}; leave such samples out, or fill in")
    axis = int(np.flatnonzero(~np.isfinite(widths))[0])
    raise ValueError(f"axis {axis} (the target is 0) spans '{widths[axis]}'; rescale it, its width overflows a float")


def _quantiles(row: Samples, bins: int) -> Samples:
    return np.unique(np.quantile(row, np.linspace(0, 1, bins + 1)[1:-1]))


def _fill(codes: Codes, row: Samples, edges: Samples) -> None:
    last = len(edges) - 2
    with np.errstate(over="ignore", divide="ignore"):
        scale = (last + 1) / (edges[-1] - edges[0])
    for at in range(0, len(row), _CHUNK):
        part = row[at : at + _CHUNK]
        if np.isfinite(scale):
            codes[at : at + _CHUNK] = _divided(part, edges, scale)
        else:  # narrower than a float can divide by
            codes[at : at + _CHUNK] = _searched(part, edges)


def _divided(part: Samples, edges: Samples, scale: float) -> NDArray[np.int64]:
    """Quicker than a search. Dividing may round across an edge, so what comes near to one is searched."""
    place = (part - edges[0]) * scale
    codes = place.astype(np.int64)
    place -= codes
    place -= 0.5
    np.abs(place, out=place)
    near = np.flatnonzero(place > 0.5 - _NEAR)
    codes[near] = _searched(part[near], edges)
    return np.asarray(codes)


def _searched(part: Samples, edges: Samples) -> NDArray[np.int64]:
    return np.asarray(np.minimum(np.searchsorted(edges, part, side="right") - 1, len(edges) - 2))
