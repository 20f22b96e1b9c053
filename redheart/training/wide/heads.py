"""Which heads have a wide part, what teaches it, how it is judged on dev."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from redheart.calculus.calibration import cross_fit
from redheart.config.refusals import did_you_mean
from redheart.errors import ConfigError
from redheart.training.data import Row, read_rows
from redheart.training.evaluation.figures import f1_by_label
from redheart.training.evaluation.thresholds import label_scales, label_thresholds
from redheart.training.targets import target

POSITIVES = 25  # rows of a label in half of dev from which it is calibrated alone

Decide = Callable[[np.ndarray, np.ndarray], np.ndarray]  # logits, truth (N, outputs) -> decisions, bool
Score = Callable[[np.ndarray, np.ndarray], float]  # decisions, truth (N, outputs) -> a figure


def by_thresholds(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Above a threshold a label, fitted on the other half as `redheart evaluate` fits it."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        positive = truth[fitted] > 0.5
        scales = label_scales(logits[fitted], positive, POSITIVES)
        above: np.ndarray = logits[judged] > label_thresholds(logits[fitted], positive, scales)
        return above

    return cross_fit(len(logits), apply, np.zeros(logits.shape, bool))


def by_sign(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Above 0."""
    above: np.ndarray = logits > 0
    return above


def macro_f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the labels."""
    return float(f1_by_label(decided, truth > 0.5, np.ones((1, len(truth)))).mean())


def signs_right(decided: np.ndarray, truth: np.ndarray) -> float:
    """Share of the plainly pleasant and unpleasant rows that are told right."""
    polar = (truth == 0) | (truth == 1)
    return float((decided == (truth > 0.5))[polar].mean())


@dataclass(frozen=True, slots=True)
class WidePart:
    """One head: the sets that teach it, those among them that judge it, and the n-grams its table keeps."""

    head: str
    taught_by: tuple[str, ...]
    judged_on: tuple[str, ...]
    metric: str
    decide: Decide
    score: Score
    size: int

    def rows(self, name: str, split: str) -> list[Row]:
        """The rows of a set that say something of this head."""
        rows = [row for row in read_rows(name) if row.split == split]
        return [row for row in rows if not np.isnan(target(self.head, row)).all()]

    def targets(self, rows: list[Row]) -> np.ndarray:
        """(N, outputs)."""
        return np.stack([target(self.head, row) for row in rows])

    def figure(self, logits: np.ndarray, truth: np.ndarray) -> float:
        """Of logits (N, outputs) alone."""
        return self.score(self.decide(logits, truth), truth)


_GOEMOTIONS = ("goemotions_en", "goemotions_ko")
WIDE_PARTS: tuple[WidePart, ...] = (
    WidePart("counterfactual", ("semeval_cfd",), ("semeval_cfd",), "f1", by_thresholds, macro_f1, 40_000),
    WidePart("kote", ("kote",), ("kote",), "macro_f1", by_thresholds, macro_f1, 30_000),
    WidePart(
        "polarity", ("nsmc", *_GOEMOTIONS, "kote"), ("nsmc", *_GOEMOTIONS), "accuracy", by_sign, signs_right, 160_000
    ),
    WidePart("emotion", _GOEMOTIONS, _GOEMOTIONS, "macro_f1", by_thresholds, macro_f1, 80_000),
)


def part_of(head: str) -> WidePart:
    """Raises ConfigError for a head without a wide part."""
    for part in WIDE_PARTS:
        if part.head == head:
            return part
    names = [part.head for part in WIDE_PARTS]
    raise ConfigError(f"head '{head}' has no wide part.{did_you_mean(head, names)}")
