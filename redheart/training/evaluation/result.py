"""What `redheart evaluate --json` prints, and what its tables and pictures show."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from redheart.training.evaluation.kinds import Answers, Judge
from redheart.types.base import Frozen


class LabelFigures(Frozen):
    """One label of a part: its F1 at its threshold, or one output: its r."""

    support: int
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    r: float | None = None


class PartResult(Frozen):
    """One part of a task on one split: `n` rows were judged, `left_out` were open."""

    head: str
    n: int
    left_out: int
    fitted: str | None
    groups: int | None = None
    labels: dict[str, LabelFigures] = Field(default_factory=dict)


class SplitResult(Frozen):
    """One split of one file. A metric that is undefined on its rows is null, and a note says why."""

    split: str
    n: int
    metrics: dict[str, float | None]
    baseline: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    rows_per_second: float
    file: str
    languages: tuple[str, ...]
    fitted: str | None
    notes: tuple[str, ...]
    parts: dict[str, PartResult]


class Evaluation(Frozen):
    """All of one command."""

    task: str
    checkpoint: str
    checkpoint_sha256: str
    results: tuple[SplitResult, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One split with the answers behind its figures, by part."""

    result: SplitResult
    answers: dict[str, tuple[Judge, Answers]]
