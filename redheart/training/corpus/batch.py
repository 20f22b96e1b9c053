"""One batch: packed sentence vectors with what is known of each document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.packed import Packed


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents (B of them, shorter ones first) with their targets. A sample is one document, or the two of a pair."""

    documents: Packed  # sentence vectors (N, D)
    targets: dict[str, Tensor]  # target -> (B, outputs) float32, NaN where nobody said; only targets known somewhere
    pairs: dict[str, Tensor]  # pair target -> (P, 2) int64 places of documents, the preferred one first
    samples: int
    numbers: np.ndarray  # (B,) int64: which document of its dataset each is

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(
            self.documents.to(device),
            {name: values.to(device, non_blocking=True) for name, values in self.targets.items()},
            {name: values.to(device, non_blocking=True) for name, values in self.pairs.items()},
            self.samples,
            self.numbers,
        )
