"""Shares of what sentences say together, alone, and alike: over all pairs of a document's sentences."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

from redheart.nn.network.layers import FeedForward, Linear, ResidualFeedForward, Shape
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import PairSizes


class SurdHead(Part):
    """Each sentence says `codes` things, each to a degree >= 0. Of an ordered pair of sentences, redundant is what both
    say, unique what the first says beyond the other, synergistic the product of what either gives to the other. Their
    means over all pairs, and for the leak the document token, are read apart.

    The means come in closed form, so no pair is ever stored. A lone sentence is unique through and through.
    """

    task = "surd"
    targets = ("surd",)

    def __init__(self, shape: Shape, sizes: PairSizes) -> None:
        super().__init__()
        self.prepare = ResidualFeedForward(shape, sizes.feed_forward, depth=1)
        self.code = Linear(shape.width, sizes.codes)
        self.giving = Linear(shape.width, sizes.codes)
        self.taking = Linear(shape.width, sizes.codes)
        self.synergistic, self.unique, self.redundant = (FeedForward(sizes.codes, sizes.readout, 1) for _ in range(3))
        self.leak = FeedForward(shape.width, sizes.readout, 1)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'surd' -> surd (B, 4): synergistic, unique, redundant, leak."""
        synergistic, unique, redundant = self.evidence(features)
        read = [self.synergistic(synergistic), self.unique(unique), self.redundant(redundant)]
        return PartOutput({"surd": torch.cat([*read, self.leak(features.document)], -1)})

    def evidence(self, features: Features) -> tuple[Tensor, Tensor, Tensor]:
        """What pairs say together, alone, and alike, each (B, codes)."""
        sentences = features.states.headless()
        states = self.prepare(sentences.values)
        said = torch.cat([softplus(self.code(states)), self.giving(states), self.taking(states)], -1)
        # With nothing in the padding, sums over all rows of a bucket are those over the real ones.
        buckets = sentences.with_values(said).buckets()
        sums = [_sums(part * bucket.real.to(part.dtype).unsqueeze(-1)) for bucket, part in buckets]
        together, alone, alike = (torch.cat(each) for each in zip(*sums, strict=True))
        count = sentences.layout.lengths.to(states.dtype)  # (B, 1)
        pairs = (count * (count - 1) / 2).clamp(min=1)
        redundant = alike / pairs
        return together / (2 * pairs), alone / count.clamp(min=1) - redundant, redundant


def _sums(said: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, giving and taking (b, n, 3 c) -> what pairs say together, what all say, what pairs say alike (b, c)."""
    codes, giving, taking = said.chunk(3, -1)
    return sum_product(giving, taking), codes.sum(1), sum_least(codes)


def sum_least(codes: Tensor) -> Tensor:
    """(b, n, c) -> (b, c): of all pairs i < j the lesser of the two, added up."""
    count = codes.shape[1]
    # Of n values in ascending order, the k-th (from 0) is the lesser in n - 1 - k pairs.
    times = torch.arange(count - 1, -1, -1, device=codes.device, dtype=codes.dtype)
    return torch.einsum("bnc,n->bc", codes.sort(1).values, times)


def sum_product(giving: Tensor, taking: Tensor) -> Tensor:
    """(b, n, c) twice -> (b, c): giving_i * taking_j of all ordered pairs i != j, added up."""
    before = pad(giving.cumsum(1)[:, :-1], (0, 0, 1, 0)) if giving.shape[1] else giving
    after = pad(taking.cumsum(1)[:, :-1], (0, 0, 1, 0)) if taking.shape[1] else taking
    return (before * taking + after * giving).sum(1)
