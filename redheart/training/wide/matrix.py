"""Counts of hashed n-grams of many texts as a sparse matrix, weighed as the table weighs them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, diags

from redheart.nn.ngrams import keys_in
from redheart.nn.wide import slots_of
from redheart.types.encoding import Passage


class TextGrams:
    """Every n-gram of N passages, each text taken as one sentence."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.keys, self.texts = keys_in(passages)
        self.size = len(passages)

    def vocabulary(self, least: int) -> np.ndarray:
        """(K,) int32 ascending: the keys that occur in at least that many texts."""
        pairs = np.unique((self.keys.astype(np.int64) << 32) + self.texts)
        keys, texts = np.unique(pairs >> 32, return_counts=True)
        chosen: np.ndarray = keys[texts >= least].astype(np.int32)
        return chosen

    def counts(self, table: np.ndarray) -> csr_matrix:
        """(N, K) float32."""
        known, slots = slots_of(self.keys, table)
        once = np.ones(len(slots), np.float32)
        return csr_matrix((once, (self.texts[known], slots)), shape=(self.size, len(table)))


def rarity(counts: csr_matrix) -> np.ndarray:
    """(K,) float16: ln((1 + N) / (1 + texts that have it)) + 1."""
    texts = np.bincount(counts.indices, minlength=counts.shape[1])
    inverse: np.ndarray = (np.log((1 + counts.shape[0]) / (1 + texts)) + 1).astype(np.float16)
    return inverse


def weighed(counts: csr_matrix, rarities: np.ndarray) -> csr_matrix:
    """Rows of length 1 (or 0): 1 + ln(count) times rarity."""
    x = counts.astype(np.float32)
    x.data = 1 + np.log(x.data)
    x = x @ diags(rarities.astype(np.float32))
    length = np.sqrt(np.asarray(x.multiply(x).sum(1)).ravel())
    return csr_matrix(diags(1 / np.maximum(length, 1e-12)) @ x)
