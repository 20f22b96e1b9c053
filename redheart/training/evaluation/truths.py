"""Rows -> what a part holds to be true of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from redheart.training.corpus.faults import Faults, Unfit
from redheart.training.evaluation.groups import groups_of
from redheart.training.evaluation.kinds import Judge
from redheart.training.evaluation.rows import FileRow
from redheart.training.evaluation.task import BinaryPart, Fields


@dataclass(frozen=True, slots=True)
class Truths:
    """Of the rows numbered `kept`: `values`, the part's truths; `groups` number the kept ones among themselves."""

    kept: np.ndarray
    values: np.ndarray
    groups: tuple[np.ndarray, ...]


def truths_of(judge: Judge, rows: Sequence[FileRow], fields: Fields, path: Path) -> Truths:
    """Open rows are left out. Raises InputError naming file and line for a label that does not fit."""
    faults, kept, values = Faults(path), [], []
    for place, each in enumerate(rows):
        try:
            value = judge.truth(each.row, fields.labels)
        except Unfit as error:
            faults.add(each.line, error.message, error.field)
        else:
            if value is not None:
                kept.append(place)
                values.append(value)
    faults.refuse_any()
    return Truths(np.array(kept, dtype=np.intp), np.array(values), _groups(judge, [rows[place] for place in kept]))


def _groups(judge: Judge, rows: Sequence[FileRow]) -> tuple[np.ndarray, ...]:
    if not isinstance(judge.part, BinaryPart) or judge.part.group is None:
        return ()
    return groups_of([each.row for each in rows], [each.line for each in rows], judge.part.group)
