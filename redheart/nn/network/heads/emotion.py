"""Emotions of a document, by a mixture of experts."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.attention import CrossAttention
from redheart.nn.network.layers import Readouts, Shape, questions
from redheart.nn.network.moe import Mixture
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import MixtureSizes


class EmotionHead(Part):
    """The document token with what one question gathered of the sentences, sent to the experts its content asks for."""

    task = "emotion"
    targets = ("emotion", "base_emotion")

    def __init__(self, shape: Shape, sizes: MixtureSizes) -> None:
        super().__init__()
        self.question = questions(1, 1, shape.width)
        self.gather = CrossAttention(shape, depth=2)
        self.normalise = nn.LayerNorm(shape.width)
        self.mixture = Mixture(shape.width, sizes.feed_forward, sizes.experts, sizes.chosen)
        self.dropout = nn.Dropout(shape.dropout)
        self.final = nn.LayerNorm(shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'emotion' -> emotion (B, 28), base_emotion (B, 7); penalties 'balance', 'router_z'."""
        states = features.document + self.gather(self.question, features.states).squeeze(1)  # (B, d)
        mixed, penalties = self.mixture(self.normalise(states))
        return PartOutput(self.readouts(self.final(states + self.dropout(mixed))), penalties)
