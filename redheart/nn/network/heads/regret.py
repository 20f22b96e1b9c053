"""Regret of a document: what is against what might have been."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from redheart.nn.network.attention import CrossLayer
from redheart.nn.network.layers import Readouts, Shape, Stack, questions
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LayerSizes


class RegretHead(Part):
    """Builds another course of the document out of its sentences; reads the course taken with the difference."""

    task = "regret"
    targets = ("regret", "remorse", "counterfactual")

    def __init__(self, shape: Shape, sizes: LayerSizes) -> None:
        super().__init__()
        self.otherwise = questions(shape.width)
        self.layers = Stack(CrossLayer(shape, sizes.feed_forward, sizes.layers) for _ in range(sizes.layers))
        self.normalise = nn.LayerNorm(shape.width)
        self.readouts = Readouts(self.targets, 2 * shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'regret' -> regret (B, 1), remorse (B, 1), counterfactual (B, 1)."""
        difference = self.normalise(self.other_course(features) - features.document)
        return PartOutput(self.readouts(torch.cat([features.document, difference], -1)))

    def other_course(self, features: Features) -> Tensor:
        """(B, d): the document as it would stand had it gone otherwise."""
        imagined = (features.document + self.otherwise).unsqueeze(1)  # (B, 1, d)
        return self.layers.through(imagined, features.states).squeeze(1)
