"""The smoothed trajectory of one text: the head's readings by sentence -> states with bands, and where they turn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from redheart.calculus.course.change_points import change_points
from redheart.calculus.course.emotion_track import DIMENSIONS, LEVEL, EmotionTrack, TrackModel, WholeView, emotion_track
from redheart.calculus.course.turn_factors import turn_factor
from redheart.nn.signal import envelopes_of
from redheart.nn.track import TrackCalibration
from redheart.types.trajectory import Banded, SignalEstimate, SmoothedPoint, SmoothedTrajectory, Turn

#: Stands in `smoothed_reason` while the checkpoint has no calibration of the trajectory.
UNCALIBRATED = "the checkpoint carries no calibration of the trajectory: python -m redheart.training.trajectory fits it"

#: Stands in `unmeasured_reason` where an LLM's view entered.
LLM_UNMEASURED = "an LLM's view of the whole entered with an assumed deviation; the bands were measured without one"


def smoothed_trajectory(
    readings: np.ndarray,
    signal: SignalEstimate,
    calibration: TrackCalibration,
    by_llm: Mapping[str, float] | None,
    llm_deviation: float,
) -> SmoothedTrajectory:
    """readings (T, 3): V, A, D of each sentence; `by_llm`: some of them for the whole text, with its deviation."""
    model = calibration.model()
    track = emotion_track(model, readings, envelopes_of(signal, calibration), _whole(by_llm, llm_deviation))
    turns, reason = _turns(readings, model)
    return SmoothedTrajectory(
        points=tuple(_point(i, track) for i in range(len(readings))),
        level=LEVEL,
        coverage=None if by_llm else dict(zip(DIMENSIONS, calibration.coverage, strict=True)),
        turns=turns,
        turns_reason=reason,
        fused_from=_sources(track, by_llm, llm_deviation),
        calibrated_on=None if by_llm else calibration.calibrated_on,
        unmeasured_reason=LLM_UNMEASURED if by_llm else None,
    )


def _whole(by_llm: Mapping[str, float] | None, deviation: float) -> WholeView | None:
    if not by_llm:
        return None
    return WholeView(np.array([by_llm.get(name, np.nan) for name in DIMENSIONS]), deviation)


def _sources(track: EmotionTrack, by_llm: Mapping[str, float] | None, deviation: float) -> tuple[str, ...]:
    moved = int((track.omegas < 1).sum())
    found = ["head: each sentence"]
    if moved:
        found.append(f"signal: by covariance intersection, which moved {moved} of {len(track.omegas)} sentences")
    if by_llm:
        named = ", ".join(name for name in DIMENSIONS if name in by_llm)
        found.append(f"llm: {named} of the whole, deviation {deviation:g} assumed")
    return tuple(found)


def _turns(readings: np.ndarray, model: TrackModel) -> tuple[tuple[Turn, ...] | None, str | None]:
    try:
        places = change_points(readings, model.reading_spread(), turn_factor(len(readings)))
    except ValueError as error:
        return None, str(error)
    means = np.array([part.mean(0) for part in np.split(readings, places)])
    shifts = np.diff(means, axis=0).tolist()
    return tuple(
        Turn(sentence=place, valence=v, arousal=a, dominance=d) for place, (v, a, d) in zip(places, shifts, strict=True)
    ), None


def _point(i: int, track: EmotionTrack) -> SmoothedPoint:
    bands = [
        Banded(value=value, low=low, high=high)
        for value, low, high in np.clip([track.means[i], track.low()[i], track.high()[i]], -1, 1).T.tolist()
    ]
    weight = float(track.omegas[i])
    return SmoothedPoint(sentence=i, valence=bands[0], arousal=bands[1], dominance=bands[2], smoother_weight=weight)
