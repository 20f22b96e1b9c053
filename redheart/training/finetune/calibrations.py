"""Raw outputs on dev rows -> what turns them into readings: calibration, base rates, intervals, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from redheart.calculus.calibration import platt, sigmoid, slope
from redheart.nn.heads.appraisal import SCORES
from redheart.training.calibrate import cross_fitted_coverage, half_width

#: Heads of independent labels, calibrated together: P = sigmoid(a logit + b).
LABELLED: Final = ("emotion", "kote", "counterfactual", "violations", "justice", "deontology", "virtue")
#: Heads whose differences are judged: the sign must stay what it is.
RANKED: Final = ("utility", "cause")
DIMENSIONS: Final = ("valence", "arousal", "dominance")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a head gave for the dev rows of one data set (N, outputs), and the truth; of a ranked task two rows each."""

    head: str
    raw: np.ndarray
    truth: np.ndarray


def calibrations(judged: Sequence[Judged]) -> dict[str, Any]:
    """The fields of a checkpoint's config that come from dev rows."""
    by_head: dict[str, list[Judged]] = {}
    for each in judged:
        by_head.setdefault(each.head, []).append(each)
    platts: dict[str, tuple[float, float]] = {}
    for head, parts in by_head.items():
        raw = np.concatenate([part.raw for part in parts])
        truth = np.concatenate([part.truth for part in parts])
        if head in LABELLED:
            platts[head] = platt(raw.ravel(), truth.ravel())
        elif head in RANKED:
            platts[head] = (_ranked_slope(raw[:, 0]), 0.0)
        elif head == "polarity":
            known = ~np.isnan(truth)
            platts[head] = (slope(raw[known], truth[known]), 0.0)
        elif head == "appraisal":
            platts[head] = platt(raw[:, len(SCORES) :].ravel(), truth[:, len(SCORES) :].ravel())
    return {"platt": platts, **_rates(by_head), **_intervals(by_head), **_errors(by_head)}


def _ranked_slope(values: np.ndarray) -> float:
    """Every second pair turned round, so that both answers occur."""
    gap = values[0::2] - values[1::2]
    turn = np.where(np.arange(len(gap)) // 2 % 2, 1.0, -1.0)
    return slope(gap * turn, (turn > 0).astype(float))


def _rates(by_head: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    heads = [head for head in ("emotion", "kote") if head in by_head]
    return {
        "base_rates": {
            head: tuple(np.concatenate([part.truth for part in by_head[head]]).mean(0).tolist()) for head in heads
        }
    }


def _intervals(by_head: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    (judged,) = by_head["dimensions"]
    residuals = dict(zip(DIMENSIONS, (judged.raw - judged.truth).T, strict=True))
    return {
        "conformal": {name: half_width(rest) for name, rest in residuals.items()},
        "conformal_coverage": {name: cross_fitted_coverage(rest) for name, rest in residuals.items()},
    }


def _errors(by_head: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """Root mean squared error of each appraisal in [0, 1], over the rows that rate it."""
    if "appraisal" not in by_head:
        return {"appraisal_errors": None}
    (judged,) = by_head["appraisal"]
    off = sigmoid(judged.raw[:, : len(SCORES)]) - judged.truth[:, : len(SCORES)]
    return {"appraisal_errors": dict(zip(SCORES, np.sqrt(np.nanmean(off**2, axis=0)).tolist(), strict=True))}
