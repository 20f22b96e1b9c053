"""The wide part of a head: linear logits of hashed n-grams, added to the deep ones (Cheng et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from redheart.nn.ngrams import Counted

#: n-grams of documents weighed at once, at most, unless one document alone has more.
AT_ONCE: Final = 2**20


class WideTable(nn.Module):
    """K hashed n-grams, each with its rarity and a weight in 8 bits for each output; what it lacks says nothing.

    The logits of a document are those of the n-grams of its passages together: 1 + ln(count) times rarity, scaled to
    length 1, times the weights, plus the bias. No passage, or none with a known n-gram, gives the bias.
    """

    keys: Tensor  # (K,) int32, ascending, as `Counted` has them
    rarity: Tensor  # (K,) float16: inverse document frequency
    weights: Tensor  # (K, outputs) int8
    scale: Tensor  # (outputs,) float32: what a weight of 1 stands for
    bias: Tensor  # (outputs,) float32

    def __init__(self, grams: int, outputs: int) -> None:
        super().__init__()
        self.register_buffer("keys", torch.zeros(grams, dtype=torch.int32))
        self.register_buffer("rarity", torch.zeros(grams, dtype=torch.float16))
        self.register_buffer("weights", torch.zeros(grams, outputs, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(outputs))
        self.register_buffer("bias", torch.zeros(outputs))

    def read(self, of: Counted, documents: csr_matrix, outputs: Sequence[int] | None = None) -> np.ndarray:
        """Some outputs, or all, (M, outputs) float64 of M documents: `documents` (M, n), how often each has a passage.

        Computed on the CPU, wherever the table lies.
        """
        known, slots = slots_of(of.keys, self.keys.cpu().numpy())
        chosen = slice(None) if outputs is None else list(outputs)
        at = torch.from_numpy(slots).to(self.keys.device)
        weights = (self.weights[at][:, chosen].float() * self.scale[chosen]).cpu().numpy()
        rarity, bias = self.rarity[at].float().cpu().numpy(), self.bias[chosen].double().cpu().numpy()
        counts = of.counts[:, known]
        parts = [_unit_rows(part @ counts, rarity) @ weights for part in _steps(documents, counts)]
        logits: np.ndarray = np.concatenate([np.zeros((0, len(bias))), *parts]) + bias
        return logits


def documents_of(places: Sequence[Sequence[int]], passages: int) -> csr_matrix:
    """(M, passages) float32: each document names its passages by their places."""
    ends = np.cumsum([0, *map(len, places)])
    columns = np.array([place for each in places for place in each], dtype=np.intp)
    return csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(places), passages))


def _unit_rows(counts: csr_matrix, rarity: np.ndarray) -> csr_matrix:
    """Rows of length 1, or 0 where nothing is known."""
    values = (1 + np.log(counts.data)) * rarity[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(rows, values**2, counts.shape[0]))
    return csr_matrix((values / lengths[rows], counts.indices, counts.indptr), shape=counts.shape)


def _steps(documents: csr_matrix, counts: csr_matrix) -> Iterator[csr_matrix]:
    """Documents in their order, no more n-grams together than AT_ONCE."""
    upto = np.cumsum(documents @ np.diff(counts.indptr))
    at = 0
    while at < len(upto):
        before = upto[at - 1] if at else 0
        end = max(at + 1, int(np.searchsorted(upto, before + AT_ONCE, side="right")))
        yield documents[at:end]
        at = end


def slots_of(keys: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the keys (G,) the ascending table (K,) has, as places among them; and where they stand in it."""
    if not len(table):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    known = np.flatnonzero(table[at] == keys)
    return known, at[known]
