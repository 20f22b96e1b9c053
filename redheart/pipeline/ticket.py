"""One task on its way: its present message, the steps it has passed, the future its sender holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from redheart.errors import RedHeartError
from redheart.pipeline.barrier import StepBarrier
from redheart.types.messages import Failure, ResultMessage, TaskMessage


class Ticket:
    """Belongs to one event loop. `future` always ends with a ResultMessage, unless its sender cancels it."""

    def __init__(self, task: TaskMessage, steps: Iterable[str]) -> None:
        self.task = task
        self.future: asyncio.Future[ResultMessage] = asyncio.get_running_loop().create_future()
        self.passed = {step: StepBarrier(step, (task.task_id,)) for step in steps}

    @property
    def task_id(self) -> str:
        """Id of the task."""
        return self.task.task_id

    @property
    def open(self) -> bool:
        """True until there is a result, or nobody wants one."""
        return not self.future.done()

    def advance(self, step: str, seconds: float, entry: TaskMessage | Failure) -> None:
        """The step took that long, and gave that entry: go on with it, or end with the failure."""
        if not self.open:
            return
        task = self.task if isinstance(entry, Failure) else entry
        self.task = replace(task, timings=(*task.timings, (step, seconds)))
        if isinstance(entry, Failure):
            self.fail(entry)
        else:
            self.passed[step].arrive(self.task_id)

    def fail(self, failure: Failure) -> None:
        """End with the failure, unless there is a result."""
        if self.open:
            self.future.set_result(ResultMessage(self.task, failure))

    def finish(self) -> None:
        """End whole, unless there is a result."""
        if self.open:
            self.future.set_result(ResultMessage(self.task))


def failure_of(step: str, error: BaseException) -> Failure:
    """What an exception means for a task; a group of one is that one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    exit_code = error.exit_code if isinstance(error, RedHeartError) else 1
    return Failure(
        phase=step, kind=type(error).__name__, reason=str(error) or type(error).__name__, exit_code=exit_code
    )
