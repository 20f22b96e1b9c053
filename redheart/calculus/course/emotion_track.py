"""Valence, arousal, dominance over the sentences of a text as one hidden state, with what is known of its error.

The head's readings and an LLM's view of the whole are measurements of a Kalman smoother. The signal path is computed
from the head's own probabilities, so it joins by covariance intersection, never as independent evidence.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from redheart.calculus.course.covariance_intersection import covariance_intersection
from redheart.calculus.kalman import Array, Gaussian, LinearModel, Measurement, Step, kalman_filter, rts_smoother

DIMENSIONS: Final = ("valence", "arousal", "dominance")
#: Half width of a 95 % band, in standard deviations of a Gaussian.
BAND: Final = 1.959963984540054
LEVEL: Final = 0.95
_N = len(DIMENSIONS)


@dataclass(frozen=True)
class TrackModel:
    """How feeling moves from sentence to sentence, and how the head reads it; in units of [-1, 1].

    State x_t (3,): x_t - mean = transition (x_(t-1) - mean) + noise, at rest with `covariance`. The head reads
    offset + matrix (x_t - mean) + N(0, noise). The signal path's envelopes e_t (E,) give x_t = signal_offset +
    signal_matrix e_t + N(0, signal_noise). Raises ValueError where no stationary process has these numbers.
    """

    mean: Array
    transition: Array
    covariance: Array
    offset: Array
    matrix: Array
    noise: Array
    signal_offset: Array
    signal_matrix: Array
    signal_noise: Array

    def process(self) -> Array:
        """Covariance (3, 3) of what each step adds."""
        added: Array = self.covariance - self.transition @ self.covariance @ self.transition.T
        return added

    @cached_property
    def linear(self) -> LinearModel:
        """States (x_t - mean, their running sum) (6,): with the sum at hand, the mean of all is measured exactly."""
        eye, zero, process = np.eye(_N), np.zeros((_N, _N)), self.process()
        return LinearModel(
            transition=np.block([[self.transition, zero], [self.transition, eye]]),
            process=np.block([[process, process], [process, process]]),
            mean=np.zeros(2 * _N),
            covariance=np.block([[self.covariance] * 2] * 2),
        )

    def reading(self, value: Array) -> Measurement:
        """What the head read of one sentence (3,); NaN where it read nothing."""
        return Measurement(value - self.offset, np.hstack([self.matrix, np.zeros((_N, _N))]), self.noise)

    def reading_spread(self) -> Array:
        """Covariance (3, 3) of the head's readings about an unchanged mean."""
        spread: Array = self.matrix @ self.covariance @ self.matrix.T + self.noise
        return spread


@dataclass(frozen=True, slots=True)
class WholeView:
    """Somebody's V, A, D of the whole text (3,), NaN where not given, with its assumed standard deviation."""

    value: Array
    deviation: float

    def measurement(self, mean: Array, sentences: int) -> Measurement:
        """Of the mean of the states, seen through their running sum at the last sentence."""
        matrix = np.hstack([np.zeros((_N, _N)), np.eye(_N) / sentences])
        return Measurement(self.value - mean, matrix, np.eye(_N) * self.deviation**2)


@dataclass(frozen=True, slots=True)
class EmotionTrack:
    """Means and standard deviations (T, 3); omegas (T,): the smoother's weight in the intersection, 1 without one."""

    means: Array
    deviations: Array
    omegas: Array

    def low(self) -> Array:
        """Lower ends of the 95 % bands (T, 3)."""
        return self.means - BAND * self.deviations

    def high(self) -> Array:
        """Upper ends of the 95 % bands (T, 3)."""
        return self.means + BAND * self.deviations


def emotion_track(
    model: TrackModel, readings: Array, envelopes: Array | None = None, whole: WholeView | None = None
) -> EmotionTrack:
    """readings (T, 3) with NaN for sentences not read; envelopes (T, E) of the signal path. Raises ValueError."""
    if readings.ndim != 2 or readings.shape[1] != _N:
        raise ValueError(f"readings of shape '{readings.shape}': give (sentences, 3), valence, arousal, dominance")
    steps: list[Step] = [[model.reading(row)] for row in readings]
    if whole is not None and len(steps):
        steps[-1] = [model.reading(readings[-1]), whole.measurement(model.mean, len(steps))]
    linear = model.linear
    smoothed = rts_smoother(linear, kalman_filter(linear, steps))
    means, covariances = model.mean + smoothed.means[:, :_N], smoothed.covariances[:, :_N, :_N]
    if envelopes is None:
        return EmotionTrack(means, _deviations(covariances), np.ones(len(means)))
    return _intersected(model, means, covariances, envelopes)


def signal_dimensions(model: TrackModel, envelopes: Array) -> Array:
    """V, A, D (T, 3) that the envelopes (T, E) imply."""
    implied: Array = model.signal_offset + envelopes @ model.signal_matrix.T
    return implied


def _intersected(model: TrackModel, means: Array, covariances: Array, envelopes: Array) -> EmotionTrack:
    fused = [
        covariance_intersection(Gaussian(mean, covariance), Gaussian(implied, model.signal_noise))
        for mean, covariance, implied in zip(means, covariances, signal_dimensions(model, envelopes), strict=True)
    ]
    return EmotionTrack(
        np.stack([one.mean for one in fused]),
        _deviations(np.stack([one.covariance for one in fused])),
        np.array([one.omega for one in fused]),
    )


def _deviations(covariances: Array) -> Array:
    deviations: Array = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    return deviations
