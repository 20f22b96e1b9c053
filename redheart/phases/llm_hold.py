"""LLM calls of one batch under one hold, and what becomes of a task whose call fails."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final, Protocol

from redheart.errors import BudgetError, CheckpointError, LLMError, RedHeartError
from redheart.phases.relief import with_relief
from redheart.types.llm import LLM
from redheart.types.messages import Failure, TaskMessage
from redheart.types.residency import Grant, Residency

#: What the user names to allow an answer without the LLM.
LLM_PART: Final = "llm"

Entry = TaskMessage | Failure
Call = Callable[[TaskMessage], Awaitable[TaskMessage]]


class HoldsLLM(Protocol):
    """A phase that calls the LLM. `may_skip` is true if the user allows it to be left out."""

    name: str
    llm: LLM
    residency: Residency
    may_skip: bool


async def each_under_hold(phase: HoldsLLM, batch: Sequence[Entry], call: Call) -> AsyncGenerator[Entry]:
    """`call` on every task that has not failed, in order, under one hold of what the LLM needs; each entry when done.

    (1) nothing to call for: no hold. (2) the LLM fails for a task: its Failure, or the task as it was, marked degraded,
    where that is allowed. (3) the LLM cannot be brought into memory, at once or while its last weights come: all of
    them degraded where that is allowed, else raises BudgetError or CheckpointError.
    """
    if not any(isinstance(entry, TaskMessage) for entry in batch):  # (1)
        for entry in batch:
            yield entry
        return
    async with AsyncExitStack() as stack:
        if phase.llm.needs:
            try:
                grant = await stack.enter_async_context(phase.residency.hold(*phase.llm.needs, stream=True))
                call = _relieved(grant, call)
            except (BudgetError, CheckpointError):  # (3)
                if not phase.may_skip:
                    raise
                call = _left_out
        # In order, not at once: a script and a local model serve one call at a time.
        for entry in batch:
            yield await _called(phase, entry, call)


async def _left_out(task: TaskMessage) -> TaskMessage:
    """The task as it was, marked."""
    return replace(task, degraded=tuple(dict.fromkeys((*task.degraded, LLM_PART))))


async def _called(phase: HoldsLLM, entry: Entry, call: Call) -> Entry:
    if isinstance(entry, Failure):
        return entry
    try:
        return await call(entry)
    except LLMError as error:  # (2)
        return await _left_out(entry) if phase.may_skip else failed(phase.name, error)
    except (BudgetError, CheckpointError):  # (3)
        if not phase.may_skip:
            raise
        return await _left_out(entry)


def _relieved(grant: Grant, call: Call) -> Call:
    """The same call, again where memory runs out and relief can be had."""
    return lambda task: with_relief(grant, lambda _: call(task))


def failed(phase: str, error: RedHeartError) -> Failure:
    """The failure that says of a task what the error says."""
    return Failure(phase=phase, kind=type(error).__name__, reason=str(error), exit_code=error.exit_code)
