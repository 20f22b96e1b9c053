"""Valence, arousal, dominance as a state that every sentence observes: a Kalman filter with learned noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from redheart.nn.network.layers import FeedForward, Readouts, Shape, learned
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features, Part, PartOutput
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
        predicted = self._prediction()
        done: list[Belief] = []
        for now, doubt in zip(observed.by_place(), noise.by_place(), strict=True):
            if len(now) < len(belief.mean):
                ended, belief = belief.split(len(belief.mean) - len(now))
                done.append(ended)
            belief = updated(predicted(belief), now, doubt)
        done.append(belief)
        return Belief(torch.cat([b.mean for b in done]), torch.cat([b.covariance for b in done]))

    def _start(self, documents: int) -> Belief:
        covariance = _positive(self.start_noise).diag()
        return Belief(self.start.float().expand(documents, -1), covariance.expand(documents, -1, -1))

    def _prediction(self) -> Callable[[Belief], Belief]:
        """A state stays as it was but for a learned drift, and becomes less certain."""
        move = (torch.eye(len(self.drift), device=self.drift.device) + self.drift.float()).T
        process = _positive(self.process_noise).diag()

        def predicted(belief: Belief) -> Belief:
            # The covariance is its own transpose, so that both factors may stand on the right, where they are one
            # product for all documents.
            return Belief(belief.mean @ move, (belief.covariance @ move).mT @ move + process)

        return predicted


def updated(belief: Belief, observed: Tensor, noise: Tensor) -> Belief:
    """The belief after an observation (b, k) of the state itself with noise variances (b, k). Joseph's form: whatever
    the rounding, the covariance stays symmetric with no negative variance.
    """
    # Unchecked: only numbers that are not finite cannot be inverted, and the gain passes them on.
    inverse = torch.linalg.inv_ex(belief.covariance + noise.diag_embed()).inverse
    kept = noise.unsqueeze(-1) * inverse  # R (P + R)^-1
    gain = torch.eye(noise.shape[-1], device=noise.device) - kept  # P (P + R)^-1
    mean = torch.baddbmm(belief.mean.unsqueeze(-1), gain, (observed - belief.mean).unsqueeze(-1)).squeeze(-1)
    covariance = torch.baddbmm((gain * noise.unsqueeze(-2)) @ gain.mT, kept @ belief.covariance, kept.mT)
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
        sentences = features.states.headless()
        # The meta device, on which sizes are counted, has no autocast of its own.
        with torch.autocast("cpu" if sentences.values.is_meta else sentences.values.device.type, enabled=False):
            observed, doubt = self.sensor(sentences.values.to(self.filter.drift.dtype)).float().chunk(2, -1)
            belief: Belief = self.filter(sentences.with_values(observed), sentences.with_values(_positive(doubt)))
        return belief


def _positive(noise: Tensor) -> Tensor:
    return softplus(noise.float()) + LEAST_NOISE
