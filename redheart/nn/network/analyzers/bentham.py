"""Bentham's factors, each a query to the sentences; appraisals are read from the factors."""

from __future__ import annotations

from torch import Tensor, nn

from redheart.nn.network.attention import CrossLayer
from redheart.nn.network.layers import Readouts, Shape, Stack, learned, questions
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LayerSizes
from redheart.nn.network.targets import FACTORS


class BenthamAnalyzer(Part):
    """Ten factor queries attend to the sentences, layer by layer. A factor is read from its own query alone."""

    task = "bentham"
    targets = ("appraisal", "acceptable", "factors")

    def __init__(self, shape: Shape, sizes: LayerSizes) -> None:
        super().__init__()
        self.queries = questions(len(FACTORS), shape.width)
        self.layers = Stack(CrossLayer(shape, sizes.feed_forward, sizes.layers) for _ in range(sizes.layers))
        self.normalise = nn.LayerNorm(shape.width)
        self.factor = learned(len(FACTORS), shape.width)
        self.bias = nn.Parameter(self.factor.new_zeros(len(FACTORS)))
        self.readouts = Readouts(("appraisal", "acceptable"), len(FACTORS) * shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'bentham' -> appraisal (B, 22), acceptable (B, 1), factors (B, 10)."""
        asked: Tensor = features.document.unsqueeze(1) + self.queries  # (B, 10, d)
        answers = self.normalise(self.layers.through(asked, features.states))
        factors = (answers * self.factor).sum(-1) + self.bias
        return PartOutput({**self.readouts(answers.flatten(1)), "factors": factors})
