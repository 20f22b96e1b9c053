"""Pleasant or unpleasant."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy


class PolarityHead(Head):
    """Logit of P(pleasant); neutral texts are trained towards one half."""

    name, names, query_count, per_label = "polarity", ("pleasant",), 4, False

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy against 0, 1/2 or 1."""
        return masked_binary_cross_entropy(prediction, target)
