"""Documents of any number of sentences in one tensor without padding: those of equal length lie side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Packed:
    """values (R, d): the rows of all documents, one document after another, shorter documents first.

    `groups` are (documents, rows a document), ascending in rows; documents * rows sums to R. A document may have no
    rows. Because equals lie side by side, each group is a dense view: attention neither pads nor copies.
    """

    values: Tensor
    groups: tuple[tuple[int, int], ...]

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(count for count, _ in self.groups)

    def with_values(self, values: Tensor) -> Packed:
        """The same documents with other values (R, e)."""
        return replace(self, values=values)

    def views(self) -> Iterator[Tensor]:
        """One view (documents, rows, d) a group, in order; (documents, 0, d) for documents without rows."""
        # Split at once: slices one by one would each fill a gradient of the whole size.
        parts = self.values.split([count * rows for count, rows in self.groups])
        for part, (count, rows) in zip(parts, self.groups, strict=True):
            yield part.view(count, rows, self.values.shape[-1])

    def first_rows(self) -> Tensor:
        """(B, d): the first row of every document, in order. Every document must have one."""
        return torch.cat([view[:, 0] for view in self.views()])

    def headed_by(self, row: Tensor) -> Packed:
        """The same documents with `row` (d,) put before each of them."""
        parts = [
            torch.cat([row.to(view.dtype).expand(view.shape[0], 1, -1), view], dim=1).flatten(0, 1)
            for view in self.views()
        ]
        groups = tuple((count, rows + 1) for count, rows in self.groups)
        return Packed(torch.cat(parts) if parts else self.values, groups)

    def to(self, device: torch.device) -> Packed:
        """The same on another device."""
        return replace(self, values=self.values.to(device, non_blocking=True))


def groups_of(lengths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Ascending lengths -> (documents, rows a document). Raises ValueError if they do not ascend."""
    if any(later < earlier for earlier, later in pairwise(lengths)):
        raise ValueError("lengths do not ascend: sort the documents by their number of sentences first")
    return tuple((len(list(same)), length) for length, same in groupby(lengths))
