"""One logit: above its threshold or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from redheart.calculus.calibration import platt, sigmoid
from redheart.config.refusals import did_you_mean
from redheart.training.corpus.faults import Unfit
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.figures import accuracy, macro_f1
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.kinds.base import Answers, Judge, Stated, top_side, unknown
from redheart.training.evaluation.task import BinaryPart
from redheart.training.evaluation.thresholds import label_thresholds


class BinaryJudge(Judge):
    """Truths and decisions (N,) bool, logits (N,); slope and intercept."""

    @property
    def asked(self) -> BinaryPart:
        """The part."""
        return cast(BinaryPart, self.part)

    @property
    def decides_by_fit(self) -> bool:
        """All but the sign needs one."""
        return self.asked.threshold != "sign"

    def truth(self, row: Row, field: str) -> bool | None:
        """Whether the row has a positive label."""
        part, names = self.asked, self.named(row)
        if names is None:
            return None
        known = (*part.positive, *part.negative)
        if part.negative and (strange := [name for name in names if name not in known]):
            raise unknown(strange[0], known, field)
        if part.negative and not names:
            raise Unfit(f"it has no label.{did_you_mean('', known)}", field)
        return any(name in part.positive for name in names)

    def logits(self, raw: np.ndarray) -> np.ndarray:
        """(N, 1, 1) -> (N,)."""
        return raw[:, 0, 0]

    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """By sign, by the fitted threshold, or by the calibrated probability."""
        if self.asked.threshold == "sign":
            return logits > 0
        assert calibration is not None
        if self.asked.threshold == "f1":
            above: np.ndarray = logits > calibration.thresholds[0]
            return above
        return self.calibrate(logits, calibration, shift) > 0

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """Slope and intercept, and the threshold of the best F1 where it is asked for."""
        if self.asked.threshold == "sign":
            return None
        scale = platt(logits, truth.astype(float))
        chosen: tuple[float, ...] = ()
        if self.asked.threshold == "f1":
            chosen = tuple(label_thresholds(logits[:, None], truth[:, None], np.array([scale])).tolist())
        return Calibration(scales=(scale,), thresholds=chosen)

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """Of the likelier side."""
        return [top_side(sigmoid(logits), truth)]

    def figures(self, answers: Answers) -> list[Figure]:
        """accuracy, f1 of the positive side, macro_f1 of both; exact_match and argmax_accuracy over groups."""
        guess, truth = answers.guess, answers.truth
        both = np.stack([guess, ~guess], 1), np.stack([truth, ~truth], 1)
        every = [
            accuracy(self.metric("accuracy"), guess == truth),
            macro_f1(self.metric("f1"), guess[:, None], truth[:, None]),
            macro_f1(self.metric("macro_f1"), *both),
        ]
        if answers.groups:
            together = np.array([(guess == truth)[group].all() for group in answers.groups])
            every.append(accuracy(self.metric("exact_match"), together))
        if single := _with_one(truth, answers.groups):
            first = np.array([truth[group][answers.logits[group].argmax()] for group in single])
            every.append(accuracy(self.metric("argmax_accuracy"), first))
        return [each for each in every if each.name.removeprefix(self.part.prefix) in self.part.metrics]

    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """The side of most rows; all positive for F1; of groups, guesses at each side's share, if that is better."""
        share = float(truth.mean())
        most = share >= 0.5
        found = {
            "accuracy": max(share, 1 - share),
            "f1": 2 * share / (1 + share),
            "macro_f1": max(share / (1 + share), (1 - share) / (2 - share)),
        }
        if groups:
            guessed = np.mean([np.where(truth[group], share, 1 - share).prod() for group in groups])
            found["exact_match"] = max(float(guessed), float(np.mean([(truth[each] == most).all() for each in groups])))
        if single := _with_one(truth, groups):
            found["argmax_accuracy"] = float(np.mean([1 / len(group) for group in single]))
        return {self.metric(name): value for name, value in found.items()}


def _with_one(truth: np.ndarray, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The groups of which exactly one row is positive."""
    return [group for group in groups if truth[group].sum() == 1]
