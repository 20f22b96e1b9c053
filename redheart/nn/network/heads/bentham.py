"""Bentham's factors of a document: a base reading, weighed by six layers."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from redheart.nn.network.attention import CrossAttention
from redheart.nn.network.layers import FeedForward, Linear, Shape, questions
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import FeedForwardSizes
from redheart.nn.network.targets import FACTORS

WEIGHT_LAYERS: Final = ("contextual", "temporal", "social", "ethical", "emotional", "cognitive")
LEAST_WEIGHT: Final = 0.3
LARGEST_WEIGHT: Final = 2.5


class Reader(nn.Module):
    """What one question gathered of a document -> a number a factor."""

    def __init__(self, shape: Shape, inner: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.feed_forward = FeedForward(shape.width, inner, shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        self.readout = Linear(shape.width, len(FACTORS))

    def forward(self, gathered: Tensor) -> Tensor:
        """(B, d) -> (B, 10)."""
        read: Tensor = self.readout(gathered + self.dropout(self.feed_forward(self.normalise(gathered))))
        return read


class BenthamHead(Part):
    """Odds of a factor are its base odds times six positive weights: its logit is the base logit plus six log weights.

    Every layer asks the sentences a question of its own.
    """

    task = "bentham"
    targets = ("factors",)

    def __init__(self, shape: Shape, sizes: FeedForwardSizes) -> None:
        super().__init__()
        self.questions = questions(1, 1 + len(WEIGHT_LAYERS), shape.width)
        self.gather = CrossAttention(shape, depth=1)
        self.base = Reader(shape, sizes.feed_forward)
        self.weighing = nn.ModuleDict({name: Reader(shape, sizes.feed_forward) for name in WEIGHT_LAYERS})

    def forward(self, features: Features) -> PartOutput:
        """Features of 'bentham' -> factors (B, 10); penalty 'extreme_weights'."""
        base, logs = self._base_and_logs(features)
        return PartOutput({"factors": base + logs.sum(1)}, {"extreme_weights": extreme_weights(logs.float().exp())})

    def weights(self, features: Features) -> Tensor:
        """(B, 6, 10): what each weight layer multiplies the odds of each factor by."""
        return self._base_and_logs(features)[1].exp()

    def _base_and_logs(self, features: Features) -> tuple[Tensor, Tensor]:
        """Base logits (B, 10), log weights (B, 6, 10)."""
        gathered = features.document.unsqueeze(1) + self.gather(self.questions, features.states)  # (B, 7, d)
        base, *asked = gathered.unbind(1)
        logs = [read(states) for read, states in zip(self.weighing.values(), asked, strict=True)]
        return self.base(base), torch.stack(logs, dim=1)


def extreme_weights(weights: Tensor) -> Tensor:
    """Mean of what weights lie above 2.5 or below 0.3."""
    return ((weights - LARGEST_WEIGHT).relu() + (LEAST_WEIGHT - weights).relu()).mean()
