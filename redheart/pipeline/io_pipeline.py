"""One loop that takes waiting tasks in batches through all phases, step by step."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from redheart.blocking import settled
from redheart.errors import ConfigError, InputError, PhaseError, StepTimeoutError
from redheart.events import PHASE_FINISHED, PHASE_STARTED, TASK_FINISHED, Event, EventBus
from redheart.pipeline.barrier import StepBarrier
from redheart.pipeline.piecewise import PiecewisePhase
from redheart.pipeline.ticket import Ticket, failure_of
from redheart.types.messages import Failure, ResultMessage, TaskMessage
from redheart.types.phase import Phase

_log = logging.getLogger(__name__)

QUEUE = "queue"
_CLOSED = Failure(phase=QUEUE, kind="PipelineClosed", reason="the pipeline was closed before the task was answered")
_FINISHED_KEPT = 1024  # finished tasks that `passed` still knows


#: Told a phase's name when the barrier before it has opened; the phase begins when it returns. What it raises fails
#: the batch.
Before = Callable[[str], Awaitable[None]]


async def _nothing(phase: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tasks walk together, how many may wait, how long one step of a whole batch may take."""

    batch_size: int
    queue_size: int
    step_timeout_s: float


class IOPipeline:
    """Answers tasks: urgent ones first, then in order of arrival; `batch_size` at a time walk the phases together.

    A failing task leaves its batch-mates unharmed, a failing batch leaves the next one unharmed, and a step that takes
    longer than `step_timeout_s` for its whole batch answers its late tasks at once, though the next batch waits until
    it has really ended. Tasks that a `PiecewisePhase` has handed over by then go on.
    """

    def __init__(self, phases: Sequence[Phase], events: EventBus, bounds: Bounds, before: Before = _nothing) -> None:
        self.phases = tuple(phases)
        _refuse_twins([phase.name for phase in self.phases])
        self._events = events
        self._batch_size, self._step_timeout_s = bounds.batch_size, bounds.step_timeout_s
        self._before = before
        # (priority, arrival, ticket): arrivals differ, so tickets are never compared
        self._queue: asyncio.PriorityQueue[tuple[int, int, Ticket]] = asyncio.PriorityQueue(bounds.queue_size)
        self._arrivals = itertools.count()
        self._open: dict[str, Ticket] = {}
        self._finished: OrderedDict[str, dict[str, StepBarrier]] = OrderedDict()
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Begin to answer. Raises RuntimeError if already begun."""
        if self._runner is not None:
            raise RuntimeError("the pipeline has been started already")
        self._runner = asyncio.create_task(self._run(), name="pipeline")

    async def close(self) -> None:
        """Answer every open task with a failure, stop, and wait until the running step has ended. Callable twice."""
        self._shut()
        if self._runner is not None:
            self._runner.cancel()
            await settled(self._runner)
            if not self._runner.cancelled():
                self._runner.result()  # a loop that ended otherwise broke by a mistake: show it

    async def submit(self, task: TaskMessage) -> asyncio.Future[ResultMessage]:
        """Queue a task, waiting for room; the future ends with its result, failed or whole.

        Raises InputError if a task of that id is under way, RuntimeError after `close`.
        """
        if self._closed:
            raise RuntimeError("the pipeline is closed")
        if task.task_id in self._open:
            raise InputError(f"task '{task.task_id}' is in the pipeline already. Give each task its own task_id.")
        ticket = Ticket(task, [phase.name for phase in self.phases])
        self._open[task.task_id] = ticket
        ticket.future.add_done_callback(lambda _: self._forget(ticket))
        try:
            await self._queue.put((task.priority, next(self._arrivals), ticket))
        except asyncio.CancelledError:
            ticket.future.cancel()
            raise
        if self._closed:  # closed while this task waited for room: nobody will take it out
            self._empty_queue()
        return ticket.future

    async def passed(self, task_id: str, step: str, timeout_s: float) -> None:
        """Return once that task has passed that step, at once if it has.

        Raises StepTimeoutError after `timeout_s`, PhaseError if the task ended without passing it, InputError for an
        unknown task or step.
        """
        latch = self._latch(task_id, step)
        ticket = self._open.get(task_id)
        if ticket is not None:
            await _first_of(latch.wait(timeout_s), ticket.future)
        if latch.late:
            raise PhaseError(f"task '{task_id}' ended without passing step '{step}'. Its result says why.")

    def _latch(self, task_id: str, step: str) -> StepBarrier:
        ticket = self._open.get(task_id)
        latches = self._finished.get(task_id) if ticket is None else ticket.passed
        if latches is None:
            raise InputError(f"no task '{task_id}' in the pipeline. Submit it first.")
        if step not in latches:
            raise InputError(f"unknown step '{step}'. Steps: {', '.join(latches)}.")
        return latches[step]

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while True:
                await self._walk(await self._next_batch())
        finally:  # cancelled, or broken by a mistake of its own: either way nobody may wait for ever
            self._shut()

    async def _next_batch(self) -> list[Ticket]:
        """The most urgent waiting tasks, at least one."""
        batch = [(await self._queue.get())[2]]
        while len(batch) < self._batch_size and not self._queue.empty():
            batch.append(self._queue.get_nowait()[2])
        return batch

    async def _walk(self, batch: list[Ticket]) -> None:
        """Through all phases; tasks that failed, or whose sender went away, are left out from there on."""
        for phase in self.phases:
            batch = [ticket for ticket in batch if ticket.open]
            if not batch:
                return
            await self._step(phase, batch)
        for ticket in batch:
            ticket.finish()

    async def _step(self, phase: Phase, batch: list[Ticket]) -> None:
        """One phase for one batch; ends when every task is through it and nothing of it runs any more."""
        self._events.publish(Event(PHASE_STARTED, phase.name, tasks=len(batch)))
        started = time.perf_counter()
        barrier = StepBarrier(phase.name, [ticket.task_id for ticket in batch])
        work = asyncio.create_task(self._work(phase, batch, barrier), name=f"step {phase.name}")
        try:
            await barrier.wait(self._step_timeout_s)
        except StepTimeoutError as error:
            for ticket in [ticket for ticket in batch if ticket.passed[phase.name].late]:
                ticket.advance(phase.name, time.perf_counter() - started, failure_of(phase.name, error))
        finally:
            work.cancel()
            # A thread cannot be stopped: leases return, and the next batch begins, only after it has ended.
            await settled(work)
        seconds = time.perf_counter() - started
        self._fail_the_rest(phase, batch, seconds, work)
        self._events.publish(Event(PHASE_FINISHED, phase.name, seconds=seconds, tasks=len(batch)))

    async def _work(self, phase: Phase, batch: list[Ticket], barrier: StepBarrier) -> None:
        started = time.perf_counter()
        waiting = deque(batch)
        try:
            await self._before(phase.name)
            async with aclosing(_entries(phase, [ticket.task for ticket in batch])) as entries:
                async for entry in entries:
                    ticket = waiting.popleft()
                    ticket.advance(phase.name, time.perf_counter() - started, entry)
                    if waiting:  # the last arrives when the phase has let go of what it holds
                        barrier.arrive(ticket.task_id)
        finally:
            for ticket in batch:
                barrier.arrive(ticket.task_id)

    def _fail_the_rest(self, phase: Phase, batch: list[Ticket], seconds: float, work: asyncio.Task[None]) -> None:
        """Whoever has neither passed nor failed, fails by what the phase raised. Here exceptions become failures."""
        error = None if work.cancelled() else work.exception()
        if error is not None:
            _log.debug("phase '%s' failed", phase.name, exc_info=error)
        failure = failure_of(phase.name, error or PhaseError(f"phase '{phase.name}' was cancelled from within"))
        for ticket in batch:
            if ticket.passed[phase.name].late:
                ticket.advance(phase.name, seconds, failure)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _shut(self) -> None:
        self._closed = True
        for ticket in list(self._open.values()):
            ticket.fail(_CLOSED)
        self._empty_queue()

    def _empty_queue(self) -> None:
        """Take everything out, which lets those that wait for room go on to see that the pipeline is closed."""
        while not self._queue.empty():
            self._queue.get_nowait()[2].fail(_CLOSED)

    def _forget(self, ticket: Ticket) -> None:
        self._open.pop(ticket.task_id, None)
        self._finished[ticket.task_id] = ticket.passed
        if len(self._finished) > _FINISHED_KEPT:
            self._finished.popitem(last=False)
        seconds = sum(seconds for _, seconds in ticket.task.timings)
        self._events.publish(Event(TASK_FINISHED, ticket.task_id, seconds=seconds))


async def _first_of(wait: Coroutine[None, None, None], future: asyncio.Future[ResultMessage]) -> None:
    """Return when either is done. Raises what `wait` raises if it was the first."""
    waiting = asyncio.create_task(wait)
    try:
        await asyncio.wait((waiting, future), return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
    finally:
        waiting.cancel()


async def _entries(phase: Phase, tasks: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
    """One entry a task, in order; those of a phase that is not piecewise all at its end. Raises PhaseError."""
    if not isinstance(phase, PiecewisePhase):
        entries = await phase.process(tasks)
        _refuse_other_count(phase, len(tasks), len(entries))
        for task, entry in zip(tasks, entries, strict=True):
            _refuse_stranger(phase, task, entry)
        for entry in entries:
            yield entry
        return
    due = deque(tasks)
    async with aclosing(phase.each(tasks)) as handed_over:
        async for entry in handed_over:
            if not due:
                raise PhaseError(f"phase '{phase.name}' gave more entries than the {len(tasks)} that are due.")
            _refuse_stranger(phase, due.popleft(), entry)
            yield entry
    _refuse_other_count(phase, len(tasks), len(tasks) - len(due))


def _refuse_twins(names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ConfigError(f"two phases are named '{twins[0]}'. Give each phase its own name.")


def _refuse_other_count(phase: Phase, due: int, given: int) -> None:
    if given != due:
        raise PhaseError(f"phase '{phase.name}' gave {given} entries for {due} tasks: one each is due.")


def _refuse_stranger(phase: Phase, task: TaskMessage, entry: TaskMessage | Failure) -> None:
    if isinstance(entry, TaskMessage) and entry.task_id != task.task_id:
        raise PhaseError(f"phase '{phase.name}' gave task '{entry.task_id}' where '{task.task_id}' was due.")
