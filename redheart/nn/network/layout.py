"""Where the rows of packed documents stand while they are computed: documents of near lengths side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

Groups = tuple[tuple[int, int], ...]

#: A bucket's longest document over its shortest, at most: a call costs more than the padding that saves it.
STRETCH: Final = 2


@dataclass(frozen=True, slots=True)
class Bucket:
    """Documents that are computed at once, each padded to the `rows` of the longest; `even`: none is."""

    documents: int
    rows: int
    even: bool
    lengths: Tensor  # (documents, 1) float32: rows of each
    real: Tensor  # (documents, rows) float32: 1, but 0 in the padding
    hidden: Tensor  # (documents, 1, 1, rows) float32: 0, but minus infinity in the padding

    def unseen(self, states: Tensor) -> Tensor | None:
        """What attention to such states adds to its scores; None where there is no padding."""
        return None if self.even else self.hidden.to(states.dtype)


@dataclass(frozen=True, slots=True)
class Layout:
    """Indices on one device for documents of the same groups."""

    buckets: tuple[Bucket, ...]  # shorter documents first
    lengths: Tensor  # (B, 1) float32: rows of each document
    spread: Tensor | None  # (P,): the row at each place of the buckets, padding included; None: each its own
    joined: Tensor  # (R,): the place of each row in the buckets
    first: Tensor  # (B,): the first row of each document, of which every document must have one
    last: Tensor  # (B,): its last row
    others: Tensor  # (R - B,): all rows but the first ones
    place: Tensor  # (R,): where each row stands in its document, counted from 0
    by_place: Tensor  # (R,): all first rows, then all second ones, ...; those that go on are the last documents
    going: list[int]  # documents that have a first row, a second one, ...


def layout_of(groups: Groups, device: torch.device) -> Layout:
    """The same for all that is computed of one batch."""
    # Whoever judges a network may ask first, and whoever learns next cannot learn from inference tensors.
    with torch.inference_mode(False):
        return _layout(groups, device)


@lru_cache(maxsize=16)
def _layout(groups: Groups, device: torch.device) -> Layout:
    counts, rows = np.array(groups, dtype=np.int64).reshape(-1, 2).T
    lengths = np.repeat(rows, counts)
    ends = np.cumsum(lengths)
    starts, place = ends - lengths, _counted(lengths)
    together = _together(groups)
    documents, longest = np.array(together, dtype=np.int64).reshape(-1, 2).T
    padded = np.repeat(longest, documents)  # (B,)
    inside = _counted(padded)  # (P,)
    real = inside < np.repeat(lengths, padded)
    # A document's last row stands in its padding, too.
    spread = np.repeat(starts, padded) + np.minimum(inside, np.repeat(lengths - 1, padded))

    def on_device(values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(device, non_blocking=True)

    floats = on_device(lengths[:, None].astype(np.float32))
    return Layout(
        _buckets(together, floats, on_device(real.astype(np.float32)), padded == lengths),
        floats,
        None if len(real) == len(place) else on_device(spread),
        on_device(np.flatnonzero(real)),
        on_device(starts),
        on_device(ends - 1),
        on_device(np.flatnonzero(place)),
        on_device(place),
        on_device(np.argsort(place, kind="stable")),
        np.bincount(place).tolist(),
    )


def _buckets(together: list[tuple[int, int]], lengths: Tensor, real: Tensor, full: np.ndarray) -> tuple[Bucket, ...]:
    """`together` as it says, lengths (B, 1), real (P,), full (B,): which documents have no padding."""
    documents, places = [count for count, _ in together], [count * rows for count, rows in together]
    hidden = (1 - 1 / real).split_with_sizes(places)
    parts = zip(together, lengths.split_with_sizes(documents), real.split_with_sizes(places), hidden, strict=True)
    ends = np.cumsum(documents)
    return tuple(
        Bucket(count, rows, bool(full[end - count]), own, ones.view(count, rows), none.view(count, 1, 1, rows))
        for end, ((count, rows), own, ones, none) in zip(ends, parts, strict=True)
    )


def _counted(lengths: np.ndarray) -> np.ndarray:
    """0, 1, ... up to each length in turn."""
    counted: np.ndarray = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return counted


def _together(groups: Groups) -> list[tuple[int, int]]:
    """Documents of each bucket, and rows of its longest."""
    together: list[tuple[int, int]] = []
    shortest = -1
    for count, rows in groups:
        if together and rows <= STRETCH * shortest:
            together[-1] = (together[-1][0] + count, rows)
        else:
            together.append((count, rows))
            shortest = rows
    return together
