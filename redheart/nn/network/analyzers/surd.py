"""Causes and effects among a document's sentences."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from redheart.nn.network.attention import CrossAttention, by_head
from redheart.nn.network.layers import FeedForward, Linear, Readouts, ResidualFeedForward, Shape, Stack, questions
from redheart.nn.network.layout import Bucket
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import InfluenceSizes


class Influence(nn.Module):
    """How strongly each row acts on each other row, in either direction apart. No row acts on itself, and strengths
    compete with none: a row may have many causes, or no cause.
    """

    def __init__(self, shape: Shape, depth: int) -> None:
        super().__init__()
        self.heads = shape.attention_heads
        self.cause = Linear(shape.width, shape.width, bias=False)
        self.effect = Linear(shape.width, shape.width, bias=False)
        self.readiness = nn.Parameter(torch.zeros(shape.attention_heads, 1, 1))
        self.passed = Linear(shape.width, shape.width, bias=False)
        self.merge = Linear(shape.width, shape.width, depth=depth)

    def forward(self, states: Packed) -> Tensor:
        """Rows (R, d) -> what acts on each of them (R, d)."""
        sides = (self.cause, self.effect, self.passed)
        buckets = [states.with_values(side(states.values)).buckets() for side in sides]
        received = [
            self._received(bucket, causes, effects, passed)
            for (bucket, causes), (_, effects), (_, passed) in zip(*buckets, strict=True)
        ]
        merged: Tensor = self.merge(states.from_buckets(received))
        return merged

    def strengths(self, causes: Tensor, effects: Tensor) -> Tensor:
        """(b, n, d) twice -> (b, H, n, n) in [0, 1): how strongly row i acts on row j."""
        acting, acted_on = by_head(causes, self.heads), by_head(effects, self.heads)
        scores = acting @ acted_on.transpose(-1, -2) / acting.shape[-1] ** 0.5
        others = 1 - torch.eye(scores.shape[-1], device=scores.device, dtype=scores.dtype)
        strengths: Tensor = (scores + self.readiness).sigmoid() * others
        return strengths

    def _received(self, bucket: Bucket, causes: Tensor, effects: Tensor, passed: Tensor) -> Tensor:
        """(b, n, d) three times -> (b, n, d)."""
        shares = bucket.real / (bucket.lengths - 1).clamp(min=1)  # (b, n): padding acts on nothing
        strengths = self.strengths(causes, effects) * shares[:, None, :, None].to(causes.dtype)
        received = strengths.transpose(-1, -2) @ by_head(passed, self.heads)  # (b, H, n, d/H)
        return received.transpose(1, 2).flatten(2)


class InfluenceLayer(nn.Module):
    """Pre-norm layer in which rows receive what acts on them, one of `depth`."""

    def __init__(self, shape: Shape, feed_forward: int, depth: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.influence = Influence(shape, 2 * depth)
        self.dropout = nn.Dropout(shape.dropout)
        self.feed_forward = ResidualFeedForward(shape, feed_forward, 2 * depth)

    def forward(self, states: Packed) -> Packed:
        """Rows -> rows."""
        received = self.influence(states.with_values(self.normalise(states.values)))
        return states.with_values(self.feed_forward(states.values + self.dropout(received)))


class SurdAnalyzer(Part):
    """Directed influence among the sentences; a question for causes and one for effects gather what came of it."""

    task = "surd"
    targets = ("causal", "cause", "surd")

    def __init__(self, shape: Shape, sizes: InfluenceSizes) -> None:
        super().__init__()
        self.layers = Stack(InfluenceLayer(shape, sizes.feed_forward, sizes.layers) for _ in range(sizes.layers))
        self.normalise = nn.LayerNorm(shape.width)
        self.questions = questions(1, 2, shape.width)
        self.gather = CrossAttention(shape, depth=1)
        self.mix = FeedForward(3 * shape.width, sizes.readout, shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'surd' -> causal (B, 1), cause (B, 1), surd (B, 4)."""
        states = self.layers.through(features.states)
        states = states.with_values(self.normalise(states.values))
        gathered = self.gather(self.questions, states).flatten(1)  # (B, 2 d)
        return PartOutput(self.readouts(self.mix(torch.cat([states.first_rows(), gathered], -1)).tanh()))
