"""The calibration of the emotion trajectory that a checkpoint carries, without weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pydantic import Field, model_validator

from redheart.calculus.course.emotion_track import TrackModel
from redheart.calculus.kalman import refuse_no_covariance
from redheart.types.base import Frozen

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


class TrackCalibration(Frozen):
    """Numbers of a TrackModel, fitted on EmoBank; dimensions in the order valence, arousal, dominance."""

    mean: Vector = Field(description="mean of the gold labels of training sentences")
    transition: Matrix = Field(description="lag-1 regression of the gold labels of neighbouring training sentences")
    covariance: Matrix = Field(description="covariance of those gold labels")
    offset: Vector = Field(description="what the head reads where the state is at its mean, by dev rows")
    matrix: Matrix = Field(description="how far the head's reading follows the state, by dev rows")
    noise: Matrix = Field(description="covariance of what is left of the readings of dev rows")
    signal: tuple[str, ...] = Field(description="emotions whose envelopes enter, in the order of `signal_matrix`")
    signal_offset: Vector
    signal_matrix: tuple[tuple[float, ...], ...] = Field(description="envelopes -> V, A, D, by dev rows")
    signal_noise: Matrix
    coverage: Vector = Field(description="share of dev sentences inside their 95 % band, cross-fitted by document")
    rows: int = Field(ge=1, description="dev sentences that the coverage was measured on")
    calibrated_on: str

    @model_validator(mode="after")
    def _fits(self) -> TrackCalibration:
        shape = np.shape(self.signal_matrix)
        if shape != (3, len(self.signal)):
            raise ValueError(f"signal_matrix has shape '{shape}', not '(3, {len(self.signal)})'")
        for name in ("covariance", "noise", "signal_noise"):
            refuse_no_covariance(name, np.array(getattr(self, name)))
        refuse_no_covariance("covariance and transition", self.model().process())
        return self

    def model(self) -> TrackModel:
        """The same as arrays."""
        return _model(self)


@lru_cache(maxsize=8)
def _model(calibration: TrackCalibration) -> TrackModel:
    names = TrackModel.__dataclass_fields__
    return TrackModel(**{name: np.array(getattr(calibration, name)) for name in names})
