"""The protocol of a pipeline phase."""

from collections.abc import Sequence
from typing import Protocol

from redheart.types.messages import Failure, TaskMessage


class Phase(Protocol):
    """One step of the pipeline: takes the whole batch, fills one slot of each task."""

    name: str

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        """One entry a task, in order: the task with its slot filled, or why not. Raises if the whole batch fails."""
        ...
