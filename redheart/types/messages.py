"""The messages that travel through the pipeline: frozen, one slot a phase, an earlier slot never rewritten."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Literal, TypeVar

from redheart.types.base import Frozen
from redheart.types.decision import CircuitOutcome
from redheart.types.situation import Language, Situation

T = TypeVar("T")


class TaskPriority(IntEnum):
    """Urgency of a request: lower is sooner. Not the tenure of a module (SwapPriority)."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3
    IDLE = 4


class Readings:
    """Readings of one task, looked up by type: `readings[EmotionReading]`."""

    def __init__(self, *readings: object) -> None:
        self._by_type: Mapping[type, object] = MappingProxyType({type(reading): reading for reading in readings})

    def __getitem__(self, kind: type[T]) -> T:
        """The reading of that kind. Raises KeyError naming it when the model has none."""
        reading = self._by_type[kind]
        assert isinstance(reading, kind)
        return reading

    def __contains__(self, kind: type) -> bool:
        return kind in self._by_type

    def get(self, kind: type[T]) -> T | None:
        """The reading of that kind, or None."""
        return self[kind] if kind in self else None


class Answer(Frozen):
    """The result in words."""

    text: str
    backend: str
    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """One request on its way."""

    text: str
    language: Language | Literal["auto"] = "auto"
    options: tuple[str, ...] = ()
    priority: TaskPriority = TaskPriority.NORMAL
    task_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    situation: Situation | None = None
    readings: Readings | None = None
    outcome: CircuitOutcome | None = None
    answer: Answer | None = None
    llm_initial: str | None = None
    timings: tuple[tuple[str, float], ...] = ()  # (phase, seconds)
    degraded: tuple[str, ...] = ()  # parts that could not run and may be skipped

    def require_situation(self) -> Situation:
        """The situation slot. Raises RuntimeError if the phase before did not fill it."""
        return _require(self.situation, "situation")

    def require_readings(self) -> Readings:
        """The readings slot. Raises RuntimeError if the phase before did not fill it."""
        return _require(self.readings, "readings")

    def require_outcome(self) -> CircuitOutcome:
        """The circuit's slot. Raises RuntimeError if the phase before did not fill it."""
        return _require(self.outcome, "outcome")


class Failure(Frozen):
    """Why a task has no result."""

    phase: str
    kind: str
    reason: str
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class ResultMessage:
    """A finished task: either whole, or failed with the reason."""

    task: TaskMessage
    failure: Failure | None = None

    @property
    def ok(self) -> bool:
        """True if the task is whole."""
        return self.failure is None


def _require(slot: T | None, name: str) -> T:
    if slot is None:
        raise RuntimeError(f"the slot '{name}' is empty: a phase was left out or ran out of order")
    return slot
