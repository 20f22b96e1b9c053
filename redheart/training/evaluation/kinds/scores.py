"""Numbers: how well outputs go along with ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from redheart.calculus.calibration import sigmoid
from redheart.config.refusals import did_you_mean
from redheart.training.corpus.faults import Unfit
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import mean_pearson, pearson
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge
from redheart.training.evaluation.task import ScoresPart


class ScoresJudge(Judge):
    """Truths (N, K) are ratings, decisions and logits (N, K) readings; nothing is calibrated."""

    @property
    def asked(self) -> ScoresPart:
        """The part."""
        return cast(ScoresPart, self.part)

    def truth(self, row: Row, field: str) -> list[float] | None:
        """The ratings, in the order of the outputs."""
        found = []
        for output in self.reading.outputs:
            name = self.asked.scores.get(output, output)
            if name not in row.scores:
                raise Unfit(
                    f"'scores' has no '{name}'.{did_you_mean(name, row.scores) if row.scores else ' Add it.'}", field
                )
            found.append(float(row.scores[name]))
        return found

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, 1, K) -> (N, K)."""
        return sigmoid(raw[:, 0]) if self.asked.squash else raw[:, 0]

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """As they are."""
        return logits

    def figures(self, answers: Answers) -> list[Figure]:
        """r_<output> each, mean_r."""
        found = self.by_output(answers) if "r" in self.asked.metrics else []
        if "mean_r" in self.asked.metrics:
            found.append(mean_pearson(self.metric("mean_r"), answers.logits, answers.truth))
        return found

    def by_output(self, answers: Answers) -> list[Figure]:
        """r of every output."""
        columns = zip(self.reading.outputs, answers.logits.T, answers.truth.T, strict=True)
        return [pearson(self.metric(f"r_{output}"), read, rated) for output, read, rated in columns]

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """A constant goes along with nothing."""
        names = [f"r_{output}" for output in self.reading.outputs] if "r" in self.asked.metrics else []
        return {self.metric(name): 0.0 for name in [*names, "mean_r"]}
