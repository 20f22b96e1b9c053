"""What is fine-tuned: a branch of the encoder with the heads that ask it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from redheart.encoders.layers import LayerStack
from redheart.nn.model import CompactModel
from redheart.training.finetune.batches import Batch


class FineTuned(nn.Module):
    """`before` are frozen layers between the stem and the branch; a frozen trunk stays as it is."""

    def __init__(self, branch: LayerStack, model: CompactModel, before: LayerStack | None = None) -> None:
        super().__init__()
        self.branch, self.model = branch, model
        self.trunk, self.heads = model.trunk, model.heads
        self._before = [] if before is None else [before]  # in a list: no part of the state

    def tokens(self, stem: Tensor, batch: Batch) -> Tensor:
        """(N, D) of the stem -> (N, D) of the branch."""
        with torch.no_grad():
            for stack in self._before:
                stem = stack(stem, batch.packing)
        read: Tensor = self.branch(stem, batch.packing)
        return read

    def outputs(self, batch: Batch, heads: Sequence[str]) -> dict[str, Tensor]:
        """Raw outputs (B, outputs) by head."""
        tokens = self.tokens(batch.tokens, batch)
        pooled = self.model.pool(batch.packing.pad(tokens), batch.packing.mask, heads)
        return self.model.read(pooled, batch.documents, heads)
