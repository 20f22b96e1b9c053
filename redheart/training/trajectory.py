"""Fits how feeling moves over the sentences of EmoBank, then records it in a checkpoint's config; weights stay.

    REDHEART_DATA=<folders> python -m redheart.training.trajectory [--model FOLDER]

Dynamics come from the gold labels of training rows, which do not involve the model; everything about the model's
readings comes from dev rows, which it never learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from redheart.calculus.course.emotion_track import BAND, DIMENSIONS, TrackModel, emotion_track
from redheart.calculus.course.envelope import PRESETS
from redheart.nn.checkpoint import read_config, write_config
from redheart.nn.track import TrackCalibration
from redheart.training.emobank import EmoText, emobank_texts

FOLDS = 5
CALIBRATED_ON = "English EmoBank documents, sentence by sentence; no other language, nor other kinds of text"


@dataclass(frozen=True, slots=True)
class Judged:
    """Dev sentences in texts that the fit had not seen: (N, 3) errors of mean and reading, deviations; omegas (N,)."""

    errors: np.ndarray
    deviations: np.ndarray
    raw_errors: np.ndarray
    omegas: np.ndarray

    def coverage(self) -> np.ndarray:
        """Share (3,) inside the 95 % band."""
        inside: np.ndarray = (np.abs(self.errors) <= BAND * self.deviations).mean(0)
        return inside


def fit_track(texts: Sequence[EmoText]) -> TrackModel:
    """All numbers of the model, by moments and least squares. Raises ValueError with fewer than two neighbours."""
    mean, transition, covariance = _dynamics([_taught(text) for text in texts if len(text.gold) > 1])
    gold = np.concatenate([text.gold[text.dev] for text in texts])
    readings = np.concatenate([text.readings[text.dev] for text in texts])
    envelopes = np.concatenate([text.envelopes[text.dev] for text in texts])
    offset, matrix, noise = _regression(gold - mean, readings)
    signal_offset, signal_matrix, signal_noise = _regression(envelopes, gold)
    return TrackModel(
        mean, transition, covariance, offset, matrix, noise, signal_offset, signal_matrix, signal_noise
    )  # fmt: skip


def judge(texts: Sequence[EmoText], use_signal: bool = True, folds: int = FOLDS) -> Judged:
    """Each text by what the others gave. Its dev rows are read and judged; the rest is missing to the smoother."""
    fold = np.random.default_rng(0).permutation(len(texts)) % folds
    parts = []
    for held in range(folds):
        model = fit_track([text for text, its in zip(texts, fold, strict=True) if its != held])
        parts += [_judged(model, text, use_signal) for text, its in zip(texts, fold, strict=True) if its == held]
    return Judged(*(np.concatenate(found) for found in zip(*parts, strict=True)))


def _judged(model: TrackModel, text: EmoText, use_signal: bool) -> tuple[np.ndarray, ...]:
    if not text.dev.any():
        return np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)), np.empty(0)
    readings = np.where(text.dev[:, None], text.readings, np.nan)
    track = emotion_track(model, readings, text.envelopes if use_signal else None)
    at, gold = text.dev, text.gold[text.dev]
    return track.means[at] - gold, track.deviations[at], text.readings[at] - gold, track.omegas[at]


def _taught(text: EmoText) -> np.ndarray:
    """Gold labels of training rows in their places, NaN elsewhere."""
    return np.where(text.dev[:, None], np.nan, text.gold)


def _dynamics(series: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, transition, covariance of a vector autoregression of order 1, from all pairs of known neighbours."""
    rows = np.concatenate(series)
    mean = np.nanmean(rows, axis=0)
    before = np.concatenate([part[:-1] for part in series]) - mean
    after = np.concatenate([part[1:] for part in series]) - mean
    known = ~(np.isnan(before) | np.isnan(after)).any(1)
    if known.sum() < 2:
        raise ValueError(f"'{int(known.sum())}' pairs of neighbouring training rows: the dynamics need more")
    centred = rows[~np.isnan(rows).any(1)] - mean
    covariance = centred.T @ centred / len(centred)
    lagged = after[known].T @ before[known] / known.sum()
    return mean, lagged @ np.linalg.inv(covariance), covariance


def _regression(inputs: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offset (3,), matrix (3, E), and covariance (3, 3) of what is left, unbiased."""
    design = np.column_stack([np.ones(len(inputs)), inputs])
    coefficients = np.linalg.lstsq(design, outputs, rcond=None)[0]
    rest = outputs - design @ coefficients
    return coefficients[0], coefficients[1:].T, rest.T @ rest / (len(rest) - design.shape[1])


def calibration(texts: Sequence[EmoText]) -> TrackCalibration:
    """Fitted on all texts; its coverage on each fifth of them by the other four."""
    model, judged = fit_track(texts), judge(texts)
    fields = {name: getattr(model, name).tolist() for name in TrackModel.__dataclass_fields__}
    return TrackCalibration(
        **fields,
        signal=tuple(PRESETS),
        coverage=tuple(judged.coverage().tolist()),
        rows=len(judged.errors),
        calibrated_on=CALIBRATED_ON,
    )


def main() -> None:
    """Fit, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    given = parser.parse_args()
    found = calibration(emobank_texts(given.model))
    for name, share in zip(DIMENSIONS, found.coverage, strict=True):
        print(f"dev emobank coverage of the 95 % band, {name:9s} {share:.4f}  (n {found.rows})")
    # Read again only now: what others recorded meanwhile must not be lost.
    write_config(read_config(given.model).model_copy(update={"trajectory": found}), given.model)


if __name__ == "__main__":
    main()
