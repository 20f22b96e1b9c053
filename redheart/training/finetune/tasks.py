"""What each data set teaches the shipped model, and how its rows become documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from redheart.nn.heads.violations import VIOLATIONS
from redheart.training.data import Row
from redheart.training.targets import target
from redheart.types.encoding import Passage

Form = Literal["text", "joint", "ranked"]
Document = list[Passage] | str  # sentences; or a text that is yet to be split into them


@dataclass(frozen=True, slots=True)
class Task:
    """One data set in training.

    form: 'text' one document split into sentences; 'joint' text and text_b encoded together; 'ranked' two documents a
    row, the better first. `twin`: a set with the same rows, by id, in another language, drawn together.
    """

    name: str
    heads: tuple[str, ...]
    form: Form
    twin: str | None = None


TASKS: tuple[Task, ...] = (
    Task("goemotions_en", ("emotion", "polarity"), "text", twin="goemotions_ko"),
    Task("nsmc", ("polarity",), "text"),
    Task("kote", ("kote", "polarity"), "text"),
    Task("emobank", ("dimensions",), "text"),
    Task("ethics_utilitarianism", ("utility",), "ranked"),
    Task("ethics_justice", ("justice",), "text"),
    Task("ethics_deontology", ("deontology",), "joint"),
    Task("ethics_virtue", ("virtue",), "joint"),
    Task("ecare", ("cause",), "ranked"),
    Task("copa_sse", ("cause",), "ranked"),
    Task("moralchoice", ("violations",), "text"),
)  # fmt: skip

#: Sets without a plain licence: an extension of their own, in files of their own.
OWN_TASKS: tuple[Task, ...] = (
    Task("crowd_envent", ("appraisal",), "text"),
    Task("semeval_cfd", ("counterfactual",), "text"),
)
#: Sets for research only: never in a checkpoint that is given away.
OUTSIDE_TASKS: tuple[Task, ...] = (
    Task("amcd_en", ("amcd",), "text"),
    Task("scruples_dilemmas", ("dilemma",), "ranked"),
)


def passages(task: Task, row: Row) -> list[Document]:
    """The documents of a row."""
    if task.name in ("ecare", "copa_sse"):
        return [[_cause_first(row, choice)] for choice in _right_first(row)]
    if task.name == "moralchoice":
        return [f"{row.text} {row.text_b}"]
    if task.name == "scruples_dilemmas":
        worse_first = "text_less_ethical" in row.labels
        return [row.text_b or "", row.text] if worse_first else [row.text, row.text_b or ""]
    if task.form == "joint":
        return [[(row.text, row.text_b or "")]]
    return [row.text, row.text_b or ""] if task.form == "ranked" else [row.text]


def _right_first(row: Row) -> tuple[str, str]:
    right = int(row.labels[0])
    return row.choices[right], row.choices[1 - right]


def _cause_first(row: Row, choice: str) -> Passage:
    return (choice, row.text) if row.meta["ask"] == "cause" else (row.text, choice)


def targets(task: Task, rows: list[Row]) -> dict[str, np.ndarray]:
    """Head -> (rows, outputs) float32; of a ranked task 1, the first is the better one."""
    return {head: np.stack([_target(head, row) for row in rows]) for head in task.heads}


def _target(head: str, row: Row) -> np.ndarray:
    return _OWN[head](row).astype(np.float32) if head in _OWN else target(head, row)


def _labelled(name: str) -> Callable[[Row], np.ndarray]:
    return lambda row: np.array([name in row.labels])


_OWN: dict[str, Callable[[Row], np.ndarray]] = {
    "justice": _labelled("reasonable"),
    "deontology": _labelled("reasonable"),
    "virtue": _labelled("exemplified"),
    "cause": lambda row: np.array([1.0]),
    "dilemma": lambda row: np.array([1.0]),
    "amcd": _labelled("counterfactual"),
    "violations": lambda row: np.array([name in row.labels for name in VIOLATIONS]),
}
