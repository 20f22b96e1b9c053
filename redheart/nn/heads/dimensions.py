"""Valence, arousal and dominance."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_squared_error


class DimensionsHead(Head):
    """EmoBank's three dimensions, each as (rating - 3) / 2, so that ratings 1 to 5 lie in [-1, 1]."""

    name, names, query_count = "dimensions", ("valence", "arousal", "dominance"), 3

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Squared error, scaled to the variance of the ratings."""
        return 20.0 * masked_squared_error(prediction, target)
