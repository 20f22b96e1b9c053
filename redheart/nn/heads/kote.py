"""The 44 KOTE labels."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy
from redheart.types.emotions import KOTE


class KoteHead(Head):
    """Logit of each KOTE emotion; about eight hold of a typical comment."""

    name, names, query_count = "kote", KOTE, len(KOTE)

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy a label."""
        return masked_binary_cross_entropy(prediction, target)
