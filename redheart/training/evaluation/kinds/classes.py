"""One of several labels: the largest logit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from redheart.calculus.calibration import temperature
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import accuracy, macro_f1
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge, Stated, softmax, top_label, unknown
from redheart.training.evaluation.task import ClassPart


class ClassJudge(Judge):
    """Truths and decisions (N,) are places among the outputs; logits (N, K); calibrated by a temperature."""

    def truth(self, row: Row, field: str) -> int | None:
        """The place of the row's label."""
        name, outputs = self.one_name(row, field), self.labels
        if name is not None and name not in outputs:
            raise unknown(name, outputs, field)
        return None if name is None else outputs.index(name)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the outputs are called in the data."""
        prefix = cast(ClassPart, self.part).output_prefix
        return tuple(output.removeprefix(prefix) for output in self.reading.outputs)

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, 1, K) -> (N, K)."""
        return raw[:, 0]

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """The place of the largest."""
        largest: np.ndarray = logits.argmax(1)
        return largest

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """A temperature."""
        return Calibration(scales=((1 / temperature(logits, truth).value, 0.0),))

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """Of the top label."""
        return [top_label(softmax(logits), truth)]

    def figures(self, answers: Answers) -> list[Figure]:
        """accuracy, macro_f1."""
        places = np.arange(len(self.reading.outputs))
        guess, truth = answers.guess[:, None] == places, answers.truth[:, None] == places
        every = [
            accuracy(self.metric("accuracy"), answers.guess == answers.truth),
            macro_f1(self.metric("macro_f1"), guess, truth),
        ]
        return [each for each in every if each.name.removeprefix(self.part.prefix) in self.part.metrics]

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """The most frequent label."""
        share = np.bincount(truth, minlength=len(self.reading.outputs)).max() / len(truth)
        f1 = 2 * share / (1 + share) / len(self.reading.outputs)
        return {self.metric("accuracy"): float(share), self.metric("macro_f1"): float(f1)}
