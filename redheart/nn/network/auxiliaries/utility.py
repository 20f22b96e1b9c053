"""Utility of a document: one number, to be compared with that of another course."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.attention import CrossAttention
from redheart.nn.network.layers import Readouts, ResidualFeedForward, Shape, Stack, questions
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LayerSizes


class UtilityAuxiliary(Part):
    """A tower of feed-forward blocks over the document token with what one question gathered of the sentences.

    Only differences of utilities are taught, so nothing that all documents share is learned at the end.
    """

    task = "bentham"
    targets = ("utility",)

    def __init__(self, shape: Shape, sizes: LayerSizes) -> None:
        super().__init__()
        self.question = questions(1, 1, shape.width)
        self.gather = CrossAttention(shape, depth=sizes.layers)
        self.layers = Stack(ResidualFeedForward(shape, sizes.feed_forward, sizes.layers) for _ in range(sizes.layers))
        self.normalise = nn.LayerNorm(shape.width, bias=False)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'bentham' -> utility (B, 1)."""
        states = features.document + self.gather(self.question, features.states).squeeze(1)  # (B, d)
        return PartOutput(self.readouts(self.normalise(self.layers.through(states))))
