"""Emotions in the course of a document's sentences."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.attention import reading_stack, rotation_of
from redheart.nn.network.layers import Readouts, Shape
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LayerSizes


class EmotionAnalyzer(Part):
    """A transformer over the sentences; what the document token has gathered is read."""

    task = "emotion"
    targets = ("kote", "event_emotion", "polarity", "dimensions")

    def __init__(self, shape: Shape, sizes: LayerSizes) -> None:
        super().__init__()
        self.head_width = shape.width // shape.attention_heads
        self.layers = reading_stack(shape, sizes.feed_forward, sizes.layers)
        self.normalise = nn.LayerNorm(shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'emotion' -> kote (B, 44), event_emotion (B, 13), polarity (B, 1), dimensions (B, 3)."""
        read = self.layers.through(features.states, rotation_of(features.states, self.head_width))
        return PartOutput(self.readouts(self.normalise(read.values)))
