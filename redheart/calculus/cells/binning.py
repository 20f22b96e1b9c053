"""Turns samples into bin numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Binning = Literal["width", "quantile"]
Codes = NDArray[Any]  # uint8 or uint16 where the bins allow, else int64
Samples = NDArray[np.float64]

#: Comparisons made at once for all axes together; more samples go axis by axis.
_COMPARED_AT_ONCE: Final = 20_000
#: Samples worked on at once: intermediate results stay in the cache, and never touch fresh memory.
_CHUNK: Final = 16384
#: Up to so many edges between bins, comparing with each of them is quickest.
_FEW_EDGES: Final = 20
#: A sample this near to an edge, in bins, is compared with it.
_NEAR: Final = 1e-6


def bin_codes(values: Sequence[Samples], bins: Sequence[int], binning: Binning) -> Codes:
    """`values`: one (N,) an axis, `bins`: how many for each -> (axes, N) bin numbers from 0.

    "width": equal-width bins between the least and the greatest value, the last one closed, as `numpy.histogramdd`
    cuts them. "quantile": as many samples a bin as ties allow; equal values share a bin.
    The first axis is the target, the others are agents 1 to n. Raises ValueError for a value that is not finite.
    """
    low, high = _outer_edges(values)
    codes = np.empty((len(values), len(values[0])), dtype=_dtype(max(bins)))
    if binning == "quantile":
        for axis, row in enumerate(values):
            codes[axis] = _ranked(row, bins[axis])
        return codes
    if len(set(bins)) == 1 and codes.size * bins[0] <= _COMPARED_AT_ONCE:
        edges = np.arange(1, bins[0]) * ((high - low) / bins[0])[:, None] + low[:, None]
        np.sum(np.stack(values)[:, :, None] >= edges[:, None, :], axis=2, out=codes, dtype=codes.dtype)
        return codes
    for axis, row in enumerate(values):
        _fill(codes[axis], row, np.linspace(low[axis], high[axis], bins[axis] + 1))
    return codes


def _outer_edges(values: Sequence[Samples]) -> tuple[Samples, Samples]:
    """Least and greatest value of each axis."""
    low, high = [], []
    for axis, row in enumerate(values):
        least, most = float(row.min()), float(row.max())
        if not math.isfinite(most - least):
            raise ValueError(_not_finite(axis, row, most - least))
        low.append(least)
        high.append(most)
    return np.array(low), np.array(high)


def _not_finite(axis: int, row: Samples, width: float) -> str:
    name = "the target" if axis == 0 else f"agent {axis}"
    wrong = np.flatnonzero(~np.isfinite(row))
    if len(wrong):
        return f"{name} is '{row[wrong[0]]}' at sample {wrong[0]}; leave such samples out, or fill in"
    return f"{name} spans '{width}'; rescale it, its width overflows a float"


def _dtype(bins: int) -> type[np.uint8 | np.uint16 | np.int64]:
    if bins <= 2**8:
        return np.uint8
    return np.uint16 if bins <= 2**16 else np.int64


def _ranked(row: Samples, bins: int) -> NDArray[np.int64]:
    """The bin of each sample's rank; equal values share the rank in their middle, so no edge swallows a neighbour."""
    _, place, counts = np.unique(row, return_inverse=True, return_counts=True)
    twice = 2 * np.cumsum(counts) - counts - 1  # twice the middle rank, from 0
    return np.asarray(np.minimum(twice * bins // (2 * (len(row) - 1)), bins - 1)[place.reshape(-1)], dtype=np.int64)


def _fill(codes: Codes, row: Samples, edges: Samples) -> None:
    last = len(edges) - 2
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        scale = (last + 1) / (edges[-1] - edges[0])
        blurred = 4 * np.finfo(np.float64).eps * np.abs(edges).max() * scale  # bins by which an edge is rounded
    place, nearest = np.empty((2, min(_CHUNK, len(row))))
    for at in range(0, len(row), _CHUNK):
        part, out = row[at : at + _CHUNK], codes[at : at + _CHUNK]
        if last <= _FEW_EDGES:
            out[:] = _compared(part, edges)
        elif np.isfinite(scale) and blurred < _NEAR:
            _divide(part, edges, scale, out, place[: len(part)], nearest[: len(part)])
        else:  # narrower than a float can divide by, or so far from 0 that the edges themselves are rounded
            out[:] = _searched(part, edges)


def _compared(part: Samples, edges: Samples) -> NDArray[np.uint8]:
    codes = np.zeros(len(part), dtype=np.uint8)
    for edge in edges[1:-1]:
        codes += (part >= edge).view(np.uint8)
    return codes


def _divide(part: Samples, edges: Samples, scale: float, out: Codes, place: Samples, nearest: Samples) -> None:
    """Quicker than a search. Dividing may round across an edge, so what comes near to one is searched after all."""
    np.subtract(part, edges[0], out=place)
    np.multiply(place, scale, out=place)
    np.copyto(out, place, casting="unsafe")  # cuts off what follows the point
    np.rint(place, out=nearest)
    np.subtract(place, nearest, out=nearest)
    np.abs(nearest, out=nearest)
    if nearest.min() < _NEAR:
        near = np.flatnonzero(nearest < _NEAR)
        out[near] = _searched(part[near], edges)


def _searched(part: Samples, edges: Samples) -> NDArray[np.int64]:
    return np.asarray(np.minimum(np.searchsorted(edges, part, side="right") - 1, len(edges) - 2))
