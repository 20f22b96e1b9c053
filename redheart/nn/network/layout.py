"""Where the rows of packed documents stand while they are computed: documents of near lengths side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
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


class Layout:
    """Indices on one device for documents of these groups. Each is made when it is first asked for."""

    def __init__(self, groups: Groups, device: torch.device) -> None:
        self._device = device
        counts, rows = np.array(groups, dtype=np.int64).reshape(-1, 2).T
        self._lengths = np.repeat(rows, counts)
        self._ends = np.cumsum(self._lengths)
        self._starts = self._ends - self._lengths
        self._buckets = _together(groups)
        sizes = np.array(self._buckets, dtype=np.int64).reshape(-1, 2)
        self._padded = np.repeat(sizes[:, 1], sizes[:, 0])  # (B,): rows of the bucket of each document

    @cached_property
    def lengths(self) -> Tensor:
        """(B, 1) float32: rows of each document."""
        return self._tensor(self._lengths[:, None].astype(np.float32))

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """Shorter documents first."""
        is_real = self._is_real
        real = self._tensor(is_real.astype(np.float32))
        hidden = self._tensor(np.where(is_real, np.float32(0), np.float32(-np.inf)))
        sizes, documents = [count * rows for count, rows in self._buckets], [count for count, _ in self._buckets]
        parts = zip(
            self._buckets,
            self.lengths.split_with_sizes(documents),
            real.split_with_sizes(sizes),
            hidden.split_with_sizes(sizes),
            strict=True,
        )
        ends = np.cumsum(documents)
        return tuple(
            Bucket(
                count,
                rows,
                bool(self._lengths[end - count] == rows),
                own,
                ones.view(count, rows),
                none.view(count, 1, 1, rows),
            )
            for end, ((count, rows), own, ones, none) in zip(ends, parts, strict=True)
        )

    @cached_property
    def spread(self) -> Tensor | None:
        """(P,): the row that stands at each place of the buckets, padding included; None: each its own."""
        if np.array_equal(self._padded, self._lengths):
            return None
        # A document's last row stands in its padding, too.
        own = np.minimum(_counted(self._padded), np.repeat(self._lengths - 1, self._padded))
        return self._tensor(np.repeat(self._starts, self._padded) + own)

    @cached_property
    def joined(self) -> Tensor:
        """(R,): the place at which each row stands in the buckets."""
        return self._tensor(np.flatnonzero(self._is_real))

    @cached_property
    def first(self) -> Tensor:
        """(B,): the first row of each document. Every document must have one."""
        return self._tensor(self._starts)

    @cached_property
    def last(self) -> Tensor:
        """(B,): the last row of each document. Every document must have one."""
        return self._tensor(self._ends - 1)

    @cached_property
    def others(self) -> Tensor:
        """(R - B,): all rows but the first ones. Every document must have one."""
        return self._tensor(np.flatnonzero(self._places))

    @cached_property
    def place(self) -> Tensor:
        """(R,): where each row stands in its document, counted from 0."""
        return self._tensor(self._places)

    @cached_property
    def by_place(self) -> tuple[Tensor, list[int]]:
        """(R,): all first rows, then all second ones, ...; how many each time. Those that go on are the last ones."""
        return self._tensor(np.argsort(self._places, kind="stable")), np.bincount(self._places).tolist()

    @cached_property
    def _places(self) -> np.ndarray:
        return _counted(self._lengths)

    @cached_property
    def _is_real(self) -> np.ndarray:
        """(P,): whether a row stands at each place of the buckets, or padding."""
        real: np.ndarray = _counted(self._padded) < np.repeat(self._lengths, self._padded)
        return real

    def _tensor(self, values: np.ndarray) -> Tensor:
        # Whoever judges a network may ask first, and whoever learns next cannot learn from inference tensors.
        with torch.inference_mode(False):
            return torch.from_numpy(values).to(self._device, non_blocking=True)


@lru_cache(maxsize=16)
def layout_of(groups: Groups, device: torch.device) -> Layout:
    """The same for all that is computed of one batch."""
    return Layout(groups, device)


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
