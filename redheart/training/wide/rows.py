"""Rows of the data sets as documents for a wide part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from redheart.situation.sentences import split_sentences
from redheart.training.data import Row
from redheart.training.finetune.documents import rows_of
from redheart.training.finetune.tasks import passages, targets
from redheart.training.wide.heads import WidePart, task_of
from redheart.types.encoding import Passage
from redheart.types.situation import Language


@dataclass(frozen=True, slots=True)
class Labelled:
    """Documents of passages, and what is true of each (N, outputs); NaN is unknown."""

    documents: list[list[Passage]]
    truth: np.ndarray


def taught(part: WidePart) -> tuple[list[Passage], np.ndarray]:
    """Every train row as one passage, with its targets."""
    rows, truth = zip(*(_known(part, name, "train") for name in part.taught_by), strict=True)
    whole = [_whole(name, row) for name, each in zip(part.taught_by, rows, strict=True) for row in each]
    return whole, np.concatenate(truth)


def judged(part: WidePart, name: str) -> Labelled:
    """The dev rows of one set, as they are read."""
    rows, truth = _known(part, name, "dev")
    return Labelled([_sentences(name, row) for row in rows], truth)


def _known(part: WidePart, name: str, split: str) -> tuple[list[Row], np.ndarray]:
    rows = rows_of(task_of(name), split)
    truth = targets(task_of(name), rows)[part.head]
    known = ~np.isnan(truth).all(1)
    return [row for row, is_known in zip(rows, known, strict=True) if is_known], truth[known]


def _whole(name: str, row: Row) -> Passage:
    (document,) = passages(task_of(name), row)
    return document if isinstance(document, str) else document[0]


def _sentences(name: str, row: Row) -> list[Passage]:
    (document,) = passages(task_of(name), row)
    if not isinstance(document, str):
        return document
    return [sentence.text for sentence in split_sentences(document, cast(Language, row.lang))] or [document]
