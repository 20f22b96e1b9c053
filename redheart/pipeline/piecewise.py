"""A phase that hands each task over as soon as it is done, so that a later failure costs only the later ones."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from redheart.types.messages import Failure, TaskMessage


@runtime_checkable
class PiecewisePhase(Protocol):
    """What a phase may offer beside `process`; the pipeline then uses this."""

    def each(self, batch: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
        """One entry a task, in order, each as soon as it is done. What it raises fails the tasks not handed over."""
        ...
