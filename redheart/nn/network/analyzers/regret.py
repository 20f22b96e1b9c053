"""Regret as it grows from sentence to sentence."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.attention import reading_stack, rotation_of
from redheart.nn.network.layers import Readouts, Shape
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LayerSizes


class RegretAnalyzer(Part):
    """Causal attention: what is said later may look back, never ahead. The last sentence's state is read."""

    task = "regret"
    targets = ("duration", "regret", "remorse")

    def __init__(self, shape: Shape, sizes: LayerSizes) -> None:
        super().__init__()
        self.head_width = shape.width // shape.attention_heads
        self.layers = reading_stack(shape, sizes.feed_forward, sizes.layers, causal=True)
        self.normalise = nn.LayerNorm(shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'regret' -> duration (B, 5), regret (B, 1), remorse (B, 1)."""
        read = self.layers.through(features.states, rotation_of(features.states, self.head_width))
        return PartOutput(self.readouts(self.normalise(read.values)))
