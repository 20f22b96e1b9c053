"""Two texts: that with the larger output wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from redheart.calculus.calibration import sigmoid, slope
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import accuracy
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge, Stated, top_side, unknown
from redheart.training.evaluation.task import PairPart


class PairJudge(Judge):
    """Truths and decisions (N,) bool: does `text` win; logits (N,) are differences, calibrated by a slope alone."""

    def truth(self, row: Row, field: str) -> bool | None:
        """Whether `text` wins."""
        part, name = cast(PairPart, self.part), self.one_name(row, field)
        if name is None:
            return None
        if name not in (*part.first, *part.second):
            raise unknown(name, (*part.first, *part.second), field)
        return name in part.first

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, 2, 1) -> (N,)."""
        difference: np.ndarray = raw[:, 0, 0] - raw[:, 1, 0]
        return difference

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """The sign of the difference."""
        return logits > 0

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """A slope of 0 or more; every second pair is turned round, so that both answers occur."""
        turned = np.where(np.arange(len(logits)) % 2, -1.0, 1.0)
        scale = slope(logits * turned, (truth == (turned > 0)).astype(float))
        return Calibration(scales=((max(0.0, scale), 0.0),))

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """Of the likelier side."""
        return [top_side(sigmoid(logits), truth)]

    def figures(self, answers: Answers) -> list[Figure]:
        """accuracy."""
        right = [accuracy(self.metric("accuracy"), answers.guess == answers.truth)]
        return right if "accuracy" in self.part.metrics else []

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """The side that wins more often, where both do; else one half, for a model must not know the order."""
        share = float(truth.mean())
        return {self.metric("accuracy"): max(share, 1 - share) if 0 < share < 1 else 0.5}
