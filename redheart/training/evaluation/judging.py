"""One part of a task on one split: its figures with baseline and interval, its calibration, what is to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from redheart.calculus.reliability import debiased_ece
from redheart.training.evaluation.counts import intervals
from redheart.training.evaluation.figures import f1_by_label, pearson_by_output
from redheart.training.evaluation.fits import COMMAND
from redheart.training.evaluation.fitting import Applied
from redheart.training.evaluation.kinds import Answers, Judge
from redheart.training.evaluation.kinds.classes import ClassJudge
from redheart.training.evaluation.kinds.labels import POSITIVES, LabelsJudge
from redheart.training.evaluation.kinds.scores import ScoresJudge
from redheart.training.evaluation.result import LabelFigures, PartResult
from redheart.training.evaluation.task import BinaryPart
from redheart.training.evaluation.truths import Truths

BINS = 15


@dataclass(slots=True)
class PartFigures:
    """Everything that one part adds to a result."""

    part: PartResult
    answers: Answers
    metrics: dict[str, float | None] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    ci95: dict[str, tuple[float, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def judge_part(judge: Judge, logits: np.ndarray, truths: Truths, applied: Applied, rows: int) -> PartFigures:
    """`logits` and `applied` are of the kept rows, of which there is at least one; `rows` counts the open ones too."""
    answers = Answers(logits, applied.calibrated, applied.guess, truths.values, truths.groups)
    part = PartResult(
        head=judge.reading.head,
        n=len(logits),
        left_out=rows - len(logits),
        fitted=applied.fitted,
        groups=len(truths.groups) if isinstance(judge.part, BinaryPart) and judge.part.group else None,
        labels=_labels(judge, answers),
    )
    found = PartFigures(part, answers)
    figures = judge.figures(answers)
    found.metrics = {figure.name: _defined(figure.value()) for figure in figures}
    found.ci95 = intervals(figures)
    constant = judge.constant(truths.values, truths.groups)
    found.baseline = {name: constant[name] for name in found.metrics if name in constant}
    _say(found, judge)
    if "ece" in judge.part.metrics:
        _weigh_probabilities(found, judge)
    return found


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else value


def _say(found: PartFigures, judge: Judge) -> None:
    part, notes = judge.part, found.notes
    if judge.reading.zero_shot is not None:
        notes.append(f"zero-shot, by head '{judge.reading.head}': {judge.reading.zero_shot}")
    if found.part.left_out:
        notes.append(f"{found.part.left_out} rows have no answer and are left out")
    notes.extend(
        f"{name} is undefined: readings or ratings do not vary" for name in found.metrics if found.metrics[name] is None
    )
    if isinstance(part, BinaryPart) and part.group is not None:
        notes.append(_of_groups(found, part.group.size))
        if part.prior is not None and found.part.fitted == "dev":
            notes.append(f"prior: {part.prior.why}")


def _of_groups(found: PartFigures, size: int) -> str:
    outside = found.part.n - sum(len(group) for group in found.answers.groups)
    said = f"exact_match over {found.part.groups} groups of {size}"
    return said + (f"; {outside} rows are in no whole group" if outside else "")


def _weigh_probabilities(found: PartFigures, judge: Judge) -> None:
    """`ece_before` as read, `ece` calibrated: means over what is stated."""
    answers = found.answers
    before = judge.stated(answers.logits, answers.truth)
    if not before:
        found.notes.append(f"{judge.metric('ece')} is left out: no label has {POSITIVES} positive rows")
        return
    found.metrics[judge.metric("ece_before")] = _mean_ece(before)
    if answers.calibrated is None:
        found.notes.append(f"{judge.metric('ece')} is left out: nothing was calibrated on dev rows ({COMMAND})")
        return
    found.metrics[judge.metric("ece")] = _mean_ece(judge.stated(answers.calibrated, answers.truth))


def _mean_ece(stated: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    return float(np.mean([debiased_ece(probability, came_true, BINS) for probability, came_true in stated]))


def _labels(judge: Judge, answers: Answers) -> dict[str, LabelFigures]:
    if isinstance(judge, LabelsJudge):
        return _of_labels(judge.labels, answers.guess, answers.truth)
    if isinstance(judge, ClassJudge):
        places = np.arange(len(judge.labels))
        return _of_labels(judge.labels, answers.guess[:, None] == places, answers.truth[:, None] == places)
    if isinstance(judge, ScoresJudge):
        r = pearson_by_output(answers.logits, answers.truth, np.ones((1, len(answers.truth))))[0]
        return {
            name: LabelFigures(support=len(answers.truth), r=_defined(float(value)))
            for name, value in zip(judge.reading.outputs, r, strict=True)
        }
    return {}


def _of_labels(names: Sequence[str], guess: np.ndarray, truth: np.ndarray) -> dict[str, LabelFigures]:
    f1 = f1_by_label(guess, truth, np.ones((1, len(truth))))[0]
    both, guessed, true = (guess & truth).sum(0), guess.sum(0), truth.sum(0)
    return {
        name: LabelFigures(
            support=int(true[at]),
            f1=float(f1[at]),
            precision=_share(both[at], guessed[at]),
            recall=_share(both[at], true[at]),
        )
        for at, name in enumerate(names)
    }


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
