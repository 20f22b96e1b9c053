"""Several choices: that with the largest output."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redheart.calculus.calibration import temperature
from redheart.training.corpus.faults import Unfit
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import accuracy
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge, Stated, softmax, top_label


class ChoiceJudge(Judge):
    """Truths and decisions (N,) are places among the choices; logits (N, choices); calibrated by a temperature."""

    def truth(self, row: Row, field: str) -> int | None:
        """The place that the label names."""
        name = self.one_name(row, field)
        if name is None:
            return None
        if not (name.isascii() and name.isdigit() and int(name) < len(row.choices)):
            raise Unfit(f"'{name[:20]}' is no place among '{len(row.choices)}' choices. Count them from 0.", field)
        return int(name)

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, choices, 1) -> (N, choices)."""
        return raw[:, :, 0]

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """The place of the largest."""
        largest: np.ndarray = logits.argmax(1)
        return largest

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """A temperature."""
        return Calibration(scales=((1 / temperature(logits, truth).value, 0.0),))

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """Of the likeliest choice."""
        return [top_label(softmax(logits), truth)]

    def figures(self, answers: Answers) -> list[Figure]:
        """accuracy."""
        right = [accuracy(self.metric("accuracy"), answers.guess == answers.truth)]
        return right if "accuracy" in self.part.metrics else []

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """The place that is right most often."""
        return {self.metric("accuracy"): float(np.bincount(truth).max() / len(truth))}
