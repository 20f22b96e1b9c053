"""Which heads may have a wide part, what teaches it, how it is judged on dev."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from redheart.calculus.calibration import cross_fit, sigmoid
from redheart.config.refusals import did_you_mean
from redheart.errors import ConfigError
from redheart.nn.heads.appraisal import EVENT_EMOTIONS, SCORES
from redheart.training.evaluation.figures import f1_by_label
from redheart.training.evaluation.thresholds import label_scales, label_thresholds
from redheart.training.finetune.tasks import OWN_TASKS, TASKS, Task

POSITIVES = 25  # rows of a label in half of dev from which it is calibrated alone

Decide = Callable[[np.ndarray, np.ndarray], np.ndarray]  # logits, truth (N, outputs) -> answers
Score = Callable[[np.ndarray, np.ndarray], float]  # answers, truth (N, outputs) -> a figure


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


def as_they_are(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The logits."""
    return logits


def macro_f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the labels."""
    return float(f1_by_label(decided, truth > 0.5, np.ones((1, len(truth)))).mean())


def signs_right(decided: np.ndarray, truth: np.ndarray) -> float:
    """Share of the rows of a plain answer that are told right."""
    plain = (truth == 0) | (truth == 1)
    return float((decided == (truth > 0.5))[plain].mean())


def appraised(logits: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the macro-F1 of the likeliest emotion and the mean r of the ratings."""
    emotions = slice(-len(EVENT_EMOTIONS), None)
    likeliest = np.eye(len(EVENT_EMOTIONS), dtype=bool)[logits[:, emotions].argmax(1)]
    correlations = [_correlation(sigmoid(logits[:, i]), truth[:, i]) for i in range(len(SCORES))]
    return (macro_f1(likeliest, truth[:, emotions]) + float(np.mean(correlations))) / 2


def _correlation(values: np.ndarray, truth: np.ndarray) -> float:
    known = ~np.isnan(truth)
    return float(np.corrcoef(values[known], truth[known])[0, 1])


@dataclass(frozen=True, slots=True)
class WidePart:
    """One head: the sets that teach it, those among them that judge it."""

    head: str
    taught_by: tuple[str, ...]
    judged_on: tuple[str, ...]
    metric: str
    decide: Decide
    score: Score


_GOEMOTIONS = ("goemotions_en", "goemotions_ko")
WIDE_PARTS: tuple[WidePart, ...] = (
    WidePart("emotion", _GOEMOTIONS, _GOEMOTIONS, "macro_f1", by_thresholds, macro_f1),
    WidePart("kote", ("kote",), ("kote",), "macro_f1", by_thresholds, macro_f1),
    WidePart("polarity", ("nsmc", *_GOEMOTIONS, "kote"), ("nsmc", *_GOEMOTIONS), "accuracy", by_sign, signs_right),
    WidePart("justice", ("ethics_justice",), ("ethics_justice",), "accuracy", by_sign, signs_right),
    WidePart("deontology", ("ethics_deontology",), ("ethics_deontology",), "accuracy", by_sign, signs_right),
    WidePart("virtue", ("ethics_virtue",), ("ethics_virtue",), "f1", by_thresholds, macro_f1),
    WidePart("appraisal", ("crowd_envent",), ("crowd_envent",), "macro_f1 and mean_r", as_they_are, appraised),
    WidePart("counterfactual", ("semeval_cfd",), ("semeval_cfd",), "f1", by_thresholds, macro_f1),
)  # fmt: skip


def part_of(head: str) -> WidePart:
    """Raises ConfigError for a head without a wide part."""
    for part in WIDE_PARTS:
        if part.head == head:
            return part
    names = [part.head for part in WIDE_PARTS]
    raise ConfigError(f"head '{head}' has no wide part.{did_you_mean(head, names)}")


def task_of(name: str) -> Task:
    """The data set as fine-tuning reads it; a twin like the set that it is the twin of."""
    tasks = (*TASKS, *OWN_TASKS)
    return next(replace(task, name=name, twin=None) for task in tasks if name in (task.name, task.twin))
