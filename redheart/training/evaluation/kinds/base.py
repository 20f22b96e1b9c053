"""What every kind of question knows: the truth of a row, its decision, what is measured of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from redheart.config.refusals import did_you_mean
from redheart.training.corpus.faults import Unfit, shown
from redheart.training.data import Row
from redheart.training.evaluation.counts import Figure
from redheart.training.evaluation.fits import Calibration
from redheart.training.evaluation.task import AnyPart


class Stated(NamedTuple):
    """Probabilities that were stated (N,) and whether what they were stated of came true (N,)."""

    probability: np.ndarray
    came_true: np.ndarray


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a part's answers come from: columns of a head's outputs, by name; `zero_shot` says why, if it is that."""

    head: str
    outputs: tuple[str, ...]
    columns: tuple[int, ...]
    centred: bool = False
    zero_shot: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Of N rows: logits as read, calibrated logits (None without a fit), decisions, truths; `groups` of row numbers."""

    logits: np.ndarray
    calibrated: np.ndarray | None
    guess: np.ndarray
    truth: np.ndarray
    groups: tuple[np.ndarray, ...] = ()


class Judge(ABC):
    """One part of a task, of one kind. The classes of this folder differ in the shapes of truth and logits."""

    def __init__(self, part: AnyPart, reading: Reading) -> None:
        self.part, self.reading = part, reading

    @property
    def decides_by_fit(self) -> bool:
        """Whether nothing is decided without a fit."""
        return False

    @abstractmethod
    def truth(self, row: Row, field: str) -> Any | None:
        """What the row is labelled with; None where that is open. Raises Unfit naming `field`."""

    @abstractmethod
    def logits(self, raw: np.ndarray) -> np.ndarray:
        """raw (N, documents, outputs) of the part's columns -> what is decided by."""

    @abstractmethod
    def decide(self, logits: np.ndarray, calibration: Calibration | None, shift: float) -> np.ndarray:
        """Decisions of logits; `shift` is added to those of one logit once they are calibrated."""

    @abstractmethod
    def figures(self, answers: Answers) -> list[Figure]:
        """What is measured, by the names of `part.metrics`; calibration is not."""

    @abstractmethod
    def constant(self, truth: np.ndarray, groups: Sequence[np.ndarray]) -> dict[str, float]:
        """What the better constant answer reaches."""

    def fit(self, logits: np.ndarray, truth: np.ndarray, least: int) -> Calibration | None:
        """Calibration and thresholds; a label of fewer than `least` positive rows has none of its own.

        None where there is nothing to fit. Raises ValueError for rows that allow none.
        """
        return None

    def stated(self, logits: np.ndarray, truth: np.ndarray) -> list[Stated]:
        """Probabilities of calibrated (or uncalibrated) logits, with what came true; empty without calibration."""
        return []

    def calibrate(self, logits: np.ndarray, calibration: Calibration, shift: float) -> np.ndarray:
        """The logits of the calibrated probabilities."""
        scale, offset = np.array(calibration.scales).T
        calibrated: np.ndarray = logits * (scale if logits.ndim > 1 else scale[0]) + (
            offset if logits.ndim > 1 else offset[0]
        )
        return calibrated + shift

    def named(self, row: Row) -> tuple[str, ...] | None:
        """The row's labels as the task calls them; None where they are open. Raises Unfit for a `meta` key it lacks."""
        source = self.part.labels_from
        labels: Any = row.labels
        if source != "labels":
            key = source.removeprefix("meta.")
            if key not in row.meta:
                raise Unfit(f"'meta' has no '{key}', which labels the row. Add it.", source)
            labels = (str(row.meta[key]),)
        if any(label in self.part.open for label in labels) or (not labels and self.part.open):
            return None
        return tuple(self.part.rename.get(label, label) for label in labels)

    def one_name(self, row: Row, field: str) -> str | None:
        """The row's only label; None where it is open. Raises Unfit for another number of them."""
        names = self.named(row)
        if names is None or len(names) == 1:
            return names[0] if names else None
        raise Unfit(f"'{len(names)}' labels, where one is wanted. Give one.", field)

    def metric(self, name: str) -> str:
        """Its name in the result."""
        return self.part.prefix + name


def unknown(label: str, known: Sequence[str], field: str) -> Unfit:
    """The refusal of a label that the task does not know."""
    return Unfit(f"{shown('labels', label)} is no label of this task.{did_you_mean(label, known)}", field)


def top_label(probabilities: np.ndarray, truth: np.ndarray) -> Stated:
    """Of classes (N, K), with the true one's number (N,)."""
    return Stated(probabilities.max(1), (probabilities.argmax(1) == truth).astype(float))


def top_side(probability: np.ndarray, truth: np.ndarray) -> Stated:
    """Of two sides, by the probability (N,) of one and whether it was that (N,) bool."""
    return Stated(np.maximum(probability, 1 - probability), ((probability > 0.5) == truth).astype(float))


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, K) -> (N, K), each row summing to 1."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(1, keepdims=True)
    return shares
