"""The wide part of a head: linear logits of hashed n-grams, added to the deep ones (Cheng et al. 2016)."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from redheart.nn.ngrams import Counted

#: Numbers of one step at most: documents times n-grams that the table has.
_AT_ONCE: Final = 2**22


class WideTable(nn.Module):
    """K hashed n-grams, each with its rarity and a weight in 8 bits for each output; what it lacks says nothing.

    The logits of some sentences are those of their n-grams together: 1 + ln(count) times rarity, scaled to length 1,
    times the weights, plus the bias. No sentence, or none with a known n-gram, gives the bias.
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

    def read(self, of: Counted, present: np.ndarray) -> Tensor:
        """Logits (M, outputs) of M documents, each some of the n sentences that were counted: present (M, n) bool."""
        known, slots = slots_of(of.keys, self.keys.numpy())
        of_sentences, chosen = torch.from_numpy(of.counts[:, known]), torch.from_numpy(slots)
        documents = torch.from_numpy(present.astype(np.float32))
        step = max(1, _AT_ONCE // max(1, len(slots)))
        parts = [self(part @ of_sentences, chosen) for part in torch.split(documents, step)] if len(present) else []
        return torch.cat(parts) if parts else self.bias.new_zeros(0, len(self.bias))

    def forward(self, counts: Tensor, slots: Tensor) -> Tensor:
        """counts (B, U) of the n-grams in the slots (U,) of the table -> (B, outputs)."""
        tf = torch.where(counts > 0, 1 + counts.clamp(min=1).log(), 0.0) * self.rarity[slots].float()
        unit = tf / tf.norm(dim=1, keepdim=True).clamp(min=1e-12)
        logits: Tensor = unit @ self.weights[slots].float() * self.scale + self.bias
        return logits


def slots_of(keys: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the keys (G,) the ascending table (K,) has, as places among them; and where they stand in it."""
    if not len(table):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    known = np.flatnonzero(table[at] == keys)
    return known, at[known]
