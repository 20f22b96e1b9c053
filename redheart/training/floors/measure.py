"""The floor of a task on a set: learned from all its train rows, judged on dev as a checkpoint is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from redheart.nn.heads import HEADS
from redheart.training.data import find_file
from redheart.training.evaluation.fitting import apply_fit, fit_part
from redheart.training.evaluation.judging import PartFigures, judge_part
from redheart.training.evaluation.kinds import JUDGES, Judge, Reading
from redheart.training.evaluation.rows import FileRow, read_file
from redheart.training.evaluation.task import AnyPart, OutputsPart, Read, ScoresPart, Task
from redheart.training.evaluation.task_file import load_task
from redheart.training.evaluation.truths import truths_of
from redheart.training.floors import learners
from redheart.training.floors.dilemma_split import dev_places
from redheart.training.floors.learners import Labelled, Learner
from redheart.training.floors.table import FloorEntry

#: (task, set), the quick ones first.
FLOORS: tuple[tuple[str, str], ...] = (
    ("amcd", "amcd_en"), ("scruples_dilemmas", "scruples_dilemmas"), ("kote", "kote"), ("emobank", "emobank"),
    ("ethics_utilitarianism", "ethics_utilitarianism"), ("ethics_justice", "ethics_justice"),
    ("ethics_deontology", "ethics_deontology"), ("ethics_virtue", "ethics_virtue"), ("ecare", "ecare"),
    ("crowd_envent", "crowd_envent"), ("semeval_cfd", "semeval_cfd"), ("nsmc", "nsmc"),
    ("goemotions", "goemotions_en"), ("goemotions", "goemotions_ko"),
)  # fmt: skip
_NEW_SPLIT = "train and dev rows were split anew: no action stands on both sides"


def measured(task_name: str, data: str) -> FloorEntry:
    """Raises InputError for a set that is not there, or does not fit the task."""
    _, task = load_task(task_name)
    path = find_file(data)
    train, dev = _split(path, task, data)
    found = [_part(judge, task, train, dev, path) for judge in map(_judge, task.parts)]
    return FloorEntry(
        n_train=len(train),
        n_dev=len(dev),
        metrics={name: value for each in found for name, value in each.metrics.items()},
        baseline={name: value for each in found for name, value in each.baseline.items()},
        ci95={name: value for each in found for name, value in each.ci95.items()},
        notes=tuple(dict.fromkeys([*([_NEW_SPLIT] if data == "scruples_dilemmas" else []), *_said(found)])),
    )


def _said(found: Sequence[PartFigures]) -> list[str]:
    return [note for each in found for note in each.notes]


def _split(path: Path, task: Task, data: str) -> tuple[list[FileRow], list[FileRow]]:
    """Train rows as they stand in the file; dev rows in the order in which they are judged."""
    by_name = read_file(path, task)
    train, dev = by_name["train"], by_name["dev"]
    if data == "scruples_dilemmas":
        every = [*train, *dev]
        apart = {*dev_places([each.row for each in every])}
        train = [each for place, each in enumerate(every) if place not in apart]
        dev = [each for place, each in enumerate(every) if place in apart]
    return sorted(train, key=lambda each: each.line), dev


def _judge(part: AnyPart) -> Judge:
    names: tuple[str, ...] = ("answer",)
    if isinstance(part, OutputsPart):
        assert part.head is not None
        names = part.outputs or tuple(name for name in HEADS[part.head].names if name.startswith(part.output_prefix))
    return JUDGES[part.kind](part, Reading("tfidf", names, tuple(range(len(names)))))


def _part(judge: Judge, task: Task, train: list[FileRow], dev: list[FileRow], path: Path) -> PartFigures:
    truths = truths_of(judge, dev, task.fields, path)
    rows = [dev[place] for place in truths.kept]
    raw = _learner(judge.part, task.read)(_labelled(judge, task, train, path), [each.row for each in rows])
    logits = judge.logits(raw)
    fit = fit_part(judge, logits, truths.values, rows)
    return judge_part(judge, logits, truths, apply_fit(judge, fit, logits, truths.values, rows), len(dev))


def _labelled(judge: Judge, task: Task, train: list[FileRow], path: Path) -> Labelled:
    truths = truths_of(judge, train, task.fields, path)
    return Labelled([train[place].row for place in truths.kept], np.asarray(truths.values))


def _learner(part: AnyPart, read: Read) -> Learner:
    if isinstance(part, ScoresPart) and part.squash:
        return learners.squashed_scores
    if part.kind == "binary" and read == "joint":
        return learners.joint
    return _LEARNERS[part.kind]


_LEARNERS: dict[str, Learner] = {
    "labels": learners.labels, "class": learners.classes, "binary": learners.binary, "pair": learners.pair,
    "choice": learners.cause, "scores": learners.scores,
}  # fmt: skip
