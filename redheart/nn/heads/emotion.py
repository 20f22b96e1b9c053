"""The 28 GoEmotions labels."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy
from redheart.types.emotions import EMOTIONS


class EmotionHead(Head):
    """Logit of each canonical emotion; several may hold at once."""

    name, names, query_count = "emotion", EMOTIONS, len(EMOTIONS)

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy a label."""
        return masked_binary_cross_entropy(prediction, target)
