"""The course of the sentences as signals, heard through a bank of learned filters."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from redheart.nn.network.layers import FeedForward, Readouts, Shape
from redheart.nn.network.layout import Bucket
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import FilterSizes


class FilterBank(nn.Module):
    """`bands` resonators, each with a frequency in (0, pi) per sentence and a decay > 0, both learned."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.empty(bands))  # a logit
        self.decay = nn.Parameter(torch.empty(bands))  # before softplus
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Spread the frequencies evenly; let half of a sound be left after a sentence."""
        bands = len(self.frequency)
        nn.init.constant_(self.decay, 0.0)
        with torch.no_grad():
            self.frequency.copy_(((torch.arange(bands) + 0.5) / bands).logit())

    def responses(self, longest: int) -> Tensor:
        """(2, F, n, n) float32: what sentence j adds to band F at sentence i, in and out of phase."""
        places = torch.arange(longest, device=self.decay.device, dtype=torch.float32)
        lags = places[:, None] - places
        fading = (-softplus(self.decay.float())[:, None, None] * lags.abs()).exp()
        phases = math.pi * self.frequency.float().sigmoid()[:, None, None] * lags
        return torch.stack([fading * phases.cos(), fading * phases.sin()])

    def energies(self, signals: Tensor, responses: Tensor, bucket: Bucket) -> Tensor:
        """signals (b, n, c) -> (b, F, c): mean energy over the sentences, 0 where there is none."""
        documents, count, channels = signals.shape
        stacked = responses[:, :, :count, :count].flatten(0, 2).to(signals.dtype)  # (2 F n, n)
        # One product for all documents; nothing sounds in the padding, and what echoes there is not heard.
        sounds = (signals * bucket.real.to(signals.dtype).unsqueeze(-1)).transpose(0, 1).flatten(1)  # (n, b c)
        heard = (stacked @ sounds).view(2, len(self.decay), count, documents, channels)
        ears = (bucket.real / bucket.lengths.clamp(min=1)).to(signals.dtype).T.unsqueeze(-1)  # (n, b, 1)
        return (heard.square() * ears).sum((0, 2)).transpose(0, 1)  # (2, F, n, b, c) -> (b, F, c)


class DspAuxiliary(Part):
    """Signals of every sentence; log energies of the bands are read."""

    task = "emotion"
    targets = ("dimensions", "polarity")

    def __init__(self, shape: Shape, sizes: FilterSizes) -> None:
        super().__init__()
        self.signals = FeedForward(shape.width, sizes.feed_forward, sizes.channels)
        self.bank = FilterBank(sizes.bands)
        self.mix = FeedForward(sizes.bands * sizes.channels, sizes.feed_forward, shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'emotion' -> dimensions (B, 3), polarity (B, 1)."""
        sentences = features.states.headless()
        signals = sentences.with_values(self.signals(sentences.values))
        responses = self.bank.responses(max(rows for _, rows in signals.groups))
        energies = torch.cat(
            [self.bank.energies(part, responses, bucket) for bucket, part in signals.buckets()]
        )  # (B, F, c)
        return PartOutput(self.readouts(self.mix(energies.log1p().flatten(1)).tanh()))
