"""Applies what dev taught; on the very rows it was taught by, halves teach each other instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from redheart.calculus.calibration import cross_fit
from redheart.errors import CheckpointError, InputError
from redheart.training.evaluation.fits import COMMAND, Calibration, Fits, PartFit
from redheart.training.evaluation.kinds import Judge
from redheart.training.evaluation.kinds.labels import POSITIVES
from redheart.training.evaluation.reads import Checkpoint
from redheart.training.evaluation.rows import FileRow, digest_of
from redheart.training.evaluation.task import BinaryPart
from redheart.types.situation import Language

Fitted = Literal["dev", "cross-fitted on this split"]


class Applied(NamedTuple):
    """Calibrated logits like the logits, or None; decisions; what they rest on, None where on nothing fitted."""

    calibrated: np.ndarray | None
    guess: np.ndarray
    fitted: Fitted | None


def fit_part(judge: Judge, logits: np.ndarray, truth: np.ndarray, rows: Sequence[FileRow]) -> PartFit | None:
    """What these rows, all of one language, teach; None where there is nothing to. Raises InputError if they cannot."""
    calibration = _fit(judge, logits, truth, POSITIVES)
    if calibration is None:
        return None
    share = float(truth.mean()) if isinstance(judge.part, BinaryPart) else None
    reading = judge.reading
    return PartFit(
        head=reading.head, outputs=reading.outputs, rows=len(rows), rows_sha256=digest_of(rows), positive_share=share,
        calibration=calibration,
    )  # fmt: skip


def find_fit(judge: Judge, fits: Fits, place: tuple[str, Language], checkpoint: Checkpoint) -> PartFit | None:
    """The part's fit. Raises CheckpointError where it decides and is missing, or was made for other outputs."""
    fit = fits.find(place[0], place[1], judge.part.name)
    command = f"{COMMAND} --checkpoint {checkpoint.folder} --task {place[0]}"
    if fit is None and judge.decides_by_fit:
        raise CheckpointError(
            f"checkpoint '{checkpoint.folder}' has no thresholds for task '{place[0]}' in language '{place[1]}'. Fit "
            f"them on dev rows: {command} (with --data FILE for a task of your own)."
        )
    if fit is not None and (fit.head, fit.outputs) != (judge.reading.head, judge.reading.outputs):
        raise CheckpointError(
            f"task '{place[0]}' was fitted on other outputs (head '{fit.head}'). Fit anew: {command}."
        )
    return fit


def apply_fit(
    judge: Judge, fit: PartFit | None, logits: np.ndarray, truth: np.ndarray, rows: Sequence[FileRow]
) -> Applied:
    """Logits and truths of rows of one language and split.

    Raises InputError where halves of the rows allow no fit.
    """
    if fit is None:
        return Applied(None, judge.decide(logits, None, 0.0), None)
    if fit.rows_sha256 == digest_of(rows):
        return _cross_fitted(judge, logits, truth)
    shift = _shift(judge, fit, rows[0].row.split)
    calibrated = judge.calibrate(logits, fit.calibration, shift)
    return Applied(calibrated, judge.decide(logits, fit.calibration, shift), "dev")


def _cross_fitted(judge: Judge, logits: np.ndarray, truth: np.ndarray) -> Applied:
    guess = judge.decide(logits, _fit(judge, logits, truth, POSITIVES), 0.0)

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        half = _fit(judge, logits[fitted], truth[fitted], POSITIVES // 2)
        assert half is not None
        guess[judged] = judge.decide(logits[judged], half, 0.0)
        return judge.calibrate(logits[judged], half, 0.0)

    return Applied(cross_fit(len(logits), apply, logits.astype(float)), guess, "cross-fitted on this split")


def _fit(judge: Judge, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
    try:
        return judge.fit(logits, truth, least)
    except ValueError as error:
        raise InputError(f"part '{judge.part.name}' cannot be fitted: {str(error).rstrip('.')}.") from error


def _shift(judge: Judge, fit: PartFit, split: str) -> float:
    """What the task's own share of positive rows adds to a logit that was calibrated at the share of dev."""
    part = judge.part
    if not isinstance(part, BinaryPart) or part.prior is None or split in part.prior.but or fit.positive_share is None:
        return 0.0
    return _log_odds(part.prior.share) - _log_odds(fit.positive_share)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))
