"""Shares of what sentences say together, alone, and alike: over all pairs of a document's sentences."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

from redheart.nn.network.layers import FeedForward, Linear, ResidualFeedForward, Shape
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sentences import sentences_of
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
        synergistic, unique, redundant = self._evidence(features)
        read = [self.synergistic(synergistic), self.unique(unique), self.redundant(redundant)]
        return PartOutput({"surd": torch.cat([*read, self.leak(features.document)], -1)})

    def _evidence(self, features: Features) -> tuple[Tensor, Tensor, Tensor]:
        """What pairs say together, alone, and alike, each (B, codes)."""
        sentences = sentences_of(features.states)
        states = self.prepare(sentences.values)
        codes = sentences.with_values(softplus(self.code(states))).views()
        giving, taking = (sentences.with_values(side(states)).views() for side in (self.giving, self.taking))
        together = torch.cat([mean_product(gives, takes) for gives, takes in zip(giving, taking, strict=True)])
        said, alike = zip(*((mean_of(code), mean_least(code)) for code in codes), strict=True)
        redundant = torch.cat(alike)
        return together, torch.cat(said) - redundant, redundant


def mean_of(codes: Tensor) -> Tensor:
    """(b, n, c) -> (b, c): the mean over the sentences, 0 where there is none."""
    return codes.sum(1) / max(codes.shape[1], 1)


def mean_least(codes: Tensor) -> Tensor:
    """(b, n, c) -> (b, c): mean over pairs i < j of the lesser of the two; 0 where there is no pair."""
    count = codes.shape[1]
    # Of n values in ascending order, the k-th (from 0) is the lesser in n - 1 - k pairs.
    times = torch.arange(count - 1, -1, -1, device=codes.device, dtype=codes.dtype)
    return torch.einsum("bnc,n->bc", codes.sort(1).values, times) / _pairs(count)


def mean_product(giving: Tensor, taking: Tensor) -> Tensor:
    """(b, n, c) twice -> (b, c): mean over ordered pairs i != j of giving_i * taking_j; 0 where there is no pair."""
    before = pad(giving.cumsum(1)[:, :-1], (0, 0, 1, 0)) if giving.shape[1] else giving
    after = pad(taking.cumsum(1)[:, :-1], (0, 0, 1, 0)) if taking.shape[1] else taking
    return (before * taking + after * giving).sum(1) / (2 * _pairs(giving.shape[1]))


def _pairs(sentences: int) -> int:
    """Pairs i < j, 1 where there is none."""
    return max(sentences * (sentences - 1) // 2, 1)
