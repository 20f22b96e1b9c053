"""Valence, arousal, dominance as a state that every sentence observes: a Kalman filter with learned noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from redheart.nn.network.layers import FeedForward, Readouts, Shape, learned
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sentences import sentences_of
from redheart.nn.network.sizes import StateSizes

LEAST_NOISE = 1e-3


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of the states of b documents: mean (b, k), covariance (b, k, k)."""

    mean: Tensor
    covariance: Tensor

    def split(self, first: int) -> tuple[Belief, Belief]:
        """Of the first documents, and of the others."""
        sizes = [first, len(self.mean) - first]
        means, covariances = self.mean.split_with_sizes(sizes), self.covariance.split_with_sizes(sizes)
        return Belief(means[0], covariances[0]), Belief(means[1], covariances[1])


class Filter(nn.Module):
    """Predict and update, sentence by sentence, with the covariance carried along. Works in float32."""

    def __init__(self, state: int) -> None:
        super().__init__()
        self.drift = learned(state, state)
        self.start = learned(state)
        self.start_noise = nn.Parameter(torch.zeros(state))  # noises: before softplus
        self.process_noise = nn.Parameter(torch.zeros(state))

    def forward(self, observed: Packed, noise: Packed) -> Belief:
        """Observations with their noise (R, k) > 0 -> beliefs after each document's last row; before any: the start."""
        belief = self._start(observed.documents)
        seen, noises = ([view.unbind(1) for view in packed.views()] for packed in (observed, noise))
        done: list[Belief] = []
        before = 0
        for number, (count, rows) in enumerate(observed.groups):
            # Documents end in order of their rows: at each place the ones that go on are the last ones.
            for place in range(before, rows):
                now, doubt = (torch.cat([group[place] for group in side[number:]]) for side in (seen, noises))
                belief = updated(self._predicted(belief), now, doubt)
            ended, belief = belief.split(count)
            done.append(ended)
            before = rows
        return Belief(torch.cat([b.mean for b in done]), torch.cat([b.covariance for b in done]))

    def _start(self, documents: int) -> Belief:
        covariance = _positive(self.start_noise).diag()
        return Belief(self.start.float().expand(documents, -1), covariance.expand(documents, -1, -1))

    def _predicted(self, belief: Belief) -> Belief:
        """A state stays as it was but for a learned drift, and becomes less certain."""
        move = torch.eye(len(self.drift), device=self.drift.device) + self.drift.float()
        grown = move @ belief.covariance @ move.T + _positive(self.process_noise).diag()
        return Belief(belief.mean @ move.T, grown)


def updated(belief: Belief, observed: Tensor, noise: Tensor) -> Belief:
    """The belief after an observation (b, k) of the state itself with noise variances (b, k). Joseph's form: whatever
    the rounding, the covariance stays symmetric with no negative variance.
    """
    uncertain = noise.diag_embed()
    # Unchecked: only numbers that are not finite cannot be factored, and the gain passes them on.
    factor = torch.linalg.cholesky_ex(belief.covariance + uncertain).L
    gain = torch.cholesky_solve(belief.covariance, factor).transpose(-1, -2)  # P (P + R)^-1, both symmetric
    kept = torch.eye(noise.shape[-1], device=noise.device) - gain
    mean = belief.mean + (gain @ (observed - belief.mean).unsqueeze(-1)).squeeze(-1)
    covariance = kept @ belief.covariance @ kept.transpose(-1, -2) + gain @ uncertain @ gain.transpose(-1, -2)
    return Belief(mean, covariance)


class KalmanAuxiliary(Part):
    """Every sentence gives an observation of the state with its own doubt; the last belief is read."""

    task = "emotion"
    targets = ("dimensions",)

    def __init__(self, shape: Shape, sizes: StateSizes) -> None:
        super().__init__()
        self.sensor = FeedForward(shape.width, sizes.feed_forward, 2 * sizes.state)
        self.filter = Filter(sizes.state)
        self.mix = FeedForward(2 * sizes.state, sizes.feed_forward, shape.width)
        self.readouts = Readouts(self.targets, shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of 'emotion' -> dimensions (B, 3)."""
        belief = self.belief(features)
        deviations = belief.covariance.diagonal(dim1=-2, dim2=-1).log()
        known = torch.cat([belief.mean, deviations], -1).to(features.document.dtype)
        return PartOutput(self.readouts(self.mix(known).tanh()))

    def belief(self, features: Features) -> Belief:
        """What is believed of each document's state after its last sentence, float32."""
        sentences = sentences_of(features.states)
        # The meta device, on which sizes are counted, has no autocast of its own.
        with torch.autocast("cpu" if sentences.values.is_meta else sentences.values.device.type, enabled=False):
            observed, doubt = self.sensor(sentences.values.to(self.filter.drift.dtype)).float().chunk(2, -1)
            belief: Belief = self.filter(sentences.with_values(observed), sentences.with_values(_positive(doubt)))
        return belief


def _positive(noise: Tensor) -> Tensor:
    return softplus(noise.float()) + LEAST_NOISE
