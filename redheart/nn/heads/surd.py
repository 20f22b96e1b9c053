"""What drives what, estimated for a text that is too long to read over its subsets."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import kl_div, log_softmax

from redheart.nn.heads.base import Head
from redheart.nn.surd import HEAD, SHARES


class SurdHead(Head):
    """Logits of four shares that sum to 1, towards the decomposition of the centred utility over sampled subsets."""

    name, names, query_count, per_label = HEAD, SHARES, 4, False

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Kullback-Leibler divergence, in nats, of the predicted shares from the target's (B, 4)."""
        return kl_div(log_softmax(prediction, -1), target, reduction="batchmean")
