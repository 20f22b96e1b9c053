"""Some documents of a batch: a part reads these alone, and says nothing of the others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features


@dataclass(frozen=True, slots=True)
class Chosen:
    """K of B documents, in their order."""

    documents: Tensor  # (K,) int64: their places among all
    rows: Tensor  # (R,) int64: their rows, each document's token among them, in the states of all
    groups: tuple[tuple[int, int], ...]  # (documents, rows a document) of these, the token counted
    all: bool  # whether nothing is left out

    def to(self, device: torch.device) -> Chosen:
        """The same on another device."""
        documents, rows = (values.to(device, non_blocking=True) for values in (self.documents, self.rows))
        return Chosen(documents, rows, self.groups, self.all)

    def of(self, features: Features) -> Features:
        """Their features, of those of all documents."""
        if self.all:
            return features
        states = Packed(features.states.values.index_select(0, self.rows), self.groups)
        return Features(states, features.document.index_select(0, self.documents))

    def among(self, documents: int, prediction: Tensor) -> Tensor:
        """(K, outputs) -> (B, outputs): NaN where nothing was read."""
        if self.all:
            return prediction
        return prediction.new_full((documents, prediction.shape[-1]), torch.nan).index_copy(
            0, self.documents, prediction
        )


def chosen_of(documents: Packed, places: np.ndarray) -> Chosen:
    """`places` (K,) ascend; `documents` are sentence vectors, before which no token stands yet."""
    counts, sentences = np.array(documents.groups, dtype=np.int64).reshape(-1, 2).T
    lengths = np.repeat(sentences + 1, counts)
    starts = np.cumsum(lengths) - lengths
    kept = lengths[places]
    ends = np.cumsum(kept)
    rows = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts[places] - (ends - kept), kept)
    groups = tuple((len(list(same)), length) for length, same in groupby(kept.tolist()))
    return Chosen(torch.from_numpy(places), torch.from_numpy(rows), groups, len(places) == len(lengths))
