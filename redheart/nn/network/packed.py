"""Documents of any number of sentences in one tensor without padding: those of equal length lie side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import torch
from torch import Tensor

from redheart.nn.network.layout import Bucket, Layout, layout_of


@dataclass(frozen=True, slots=True)
class Packed:
    """values (R, d): the rows of all documents, one document after another, shorter documents first.

    `groups` are (documents, rows a document), ascending in rows; documents * rows sums to R. A document may have no
    rows. What works row by row works on `values`; what looks at whole documents works on buckets of near lengths.
    """

    values: Tensor
    groups: tuple[tuple[int, int], ...]

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(count for count, _ in self.groups)

    @property
    def layout(self) -> Layout:
        """Where the rows stand."""
        return layout_of(self.groups, self.values.device)

    def with_values(self, values: Tensor) -> Packed:
        """The same documents with other values (R, e)."""
        return replace(self, values=values)

    def views(self) -> Iterator[Tensor]:
        """One view (documents, rows, d) a group, in order; (documents, 0, d) for documents without rows."""
        parts = self.values.split_with_sizes([count * rows for count, rows in self.groups])
        for part, (count, rows) in zip(parts, self.groups, strict=True):
            yield part.view(count, rows, self.values.shape[-1])

    def buckets(self) -> list[tuple[Bucket, Tensor]]:
        """Documents of near lengths side by side, (documents, rows, d) a bucket; real rows stand in the padding."""
        buckets, spread = self.layout.buckets, self.layout.spread
        values = self.values if spread is None else self.values.index_select(0, spread)
        # Split at once: slices one by one would each fill a gradient of the whole size.
        parts = values.split_with_sizes([bucket.documents * bucket.rows for bucket in buckets])
        return [
            (bucket, part.view(bucket.documents, bucket.rows, part.shape[-1]))
            for bucket, part in zip(buckets, parts, strict=True)
        ]

    def from_buckets(self, parts: Sequence[Tensor]) -> Tensor:
        """(documents, rows, e) a bucket -> (R, e), without what stood in the padding."""
        flat = [part.flatten(0, 1) for part in parts]
        whole = torch.cat(flat) if len(flat) > 1 else flat[0]
        return whole if self.layout.spread is None else whole.index_select(0, self.layout.joined)

    def first_rows(self) -> Tensor:
        """(B, d): the first row of every document, in order. Every document must have one."""
        return self.values.index_select(0, self.layout.first)

    def headed_by(self, row: Tensor) -> Packed:
        """The same documents with `row` (d,) put before each of them."""
        groups = tuple((count, rows + 1) for count, rows in self.groups)
        headed = Packed(row.to(self.values.dtype).expand(len(self.values) + self.documents, -1), groups)
        return headed.with_values(headed.values.index_copy(0, headed.layout.others, self.values))

    def headless(self) -> Packed:
        """The same documents without their first rows; a document may be left without rows."""
        groups = tuple((count, rows - 1) for count, rows in self.groups)
        return Packed(self.values.index_select(0, self.layout.others), groups)

    def by_place(self) -> tuple[Tensor, ...]:
        """All first rows, all second rows, ..., each (documents that have one, d); those that go on are the last."""
        layout = self.layout
        return self.values.index_select(0, layout.by_place).split_with_sizes(layout.going)

    def to(self, device: torch.device) -> Packed:
        """The same on another device."""
        return replace(self, values=self.values.to(device, non_blocking=True))


def groups_of(lengths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Ascending lengths -> (documents, rows a document). Raises ValueError if they do not ascend."""
    if any(later < earlier for earlier, later in pairwise(lengths)):
        raise ValueError("lengths do not ascend: sort the documents by their number of sentences first")
    return tuple((len(list(same)), length) for length, same in groupby(lengths))
