"""Several labels at once: a logit each, above its threshold or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from redheart.calculus.calibration import sigmoid
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import f1_by_label, macro_f1, micro_f1
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge, Stated, unknown
from redheart.training.evaluation.task import LabelsPart
from redheart.training.evaluation.thresholds import label_scales, label_thresholds

#: A label of fewer positive rows says too little of its calibration.
POSITIVES = 50


class LabelsJudge(Judge):
    """Truths, decisions and logits (N, L); Platt's two numbers a label."""

    @property
    def decides_by_fit(self) -> bool:
        """By thresholds."""
        return True

    def truth(self, row: Row, field: str) -> list[bool] | None:
        """Which labels hold."""
        names, labels = self.named(row), self.labels
        for name in names or ():
            if name not in labels:
                raise unknown(name, labels, field)
        return None if names is None else [label in names for label in labels]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the outputs are called in the data."""
        prefix = cast(LabelsPart, self.part).output_prefix
        return tuple(output.removeprefix(prefix) for output in self.reading.outputs)

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, 1, L) -> (N, L)."""
        return raw[:, 0]

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """Above the threshold."""
        assert calibration is not None
        above: np.ndarray = logits > np.array(calibration.thresholds)
        return above

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """Platt's numbers and a threshold a label."""
        scales = label_scales(logits, truth, least)
        return Calibration(
            scales=tuple((float(a), float(b)) for a, b in scales),
            thresholds=tuple(label_thresholds(logits, truth, scales).tolist()),
        )

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """A label each, of those with enough positive rows."""
        often = np.flatnonzero(truth.sum(0) >= POSITIVES)
        return [Stated(sigmoid(logits[:, label]), truth[:, label].astype(float)) for label in often]

    def figures(self, answers: Answers) -> list[Figure]:
        """macro_f1, micro_f1."""
        every = [
            macro_f1(self.metric("macro_f1"), answers.guess, answers.truth),
            micro_f1(self.metric("micro_f1"), answers.guess, answers.truth),
        ]
        return [each for each in every if each.name.removeprefix(self.part.prefix) in self.part.metrics]

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """All labels on, or the most frequent one alone."""
        once = np.ones((1, len(truth)))
        most = np.zeros_like(truth)
        most[:, truth.sum(0).argmax()] = True
        of_both = [np.ones_like(truth), most]
        macro = max(float(f1_by_label(guess, truth, once).mean()) for guess in of_both)
        micro = max(micro_f1("", guess, truth).value() for guess in of_both)
        return {self.metric("macro_f1"): macro, self.metric("micro_f1"): micro}
