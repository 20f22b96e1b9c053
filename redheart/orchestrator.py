"""Takes requests through the pipeline and hands back results. It owns the pipeline's life, not its parts."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from redheart import errors
from redheart.blocking import run_blocking
from redheart.errors import PhaseError, RedHeartError
from redheart.events import EventBus
from redheart.memory.ledger import Mark
from redheart.memory.manager import UnifiedMemoryManager
from redheart.memory.monitor import MemoryMonitor, Sample
from redheart.pipeline.io_pipeline import IOPipeline
from redheart.types.messages import Failure, ResultMessage, TaskMessage
from redheart.types.residency import MemoryReport
from redheart.types.result import InferResult

ResultMaker = Callable[[TaskMessage, MemoryReport, float], InferResult]


@dataclass(frozen=True, slots=True)
class OrchestratorParts:
    """What assembly hands over."""

    pipeline: IOPipeline
    memory: UnifiedMemoryManager
    monitor: MemoryMonitor
    events: EventBus
    make_result: ResultMaker
    notices: tuple[str, ...]
    ahead: int  # requests under way at once
    prepare: Callable[[], None] = lambda: None  # blocking: what should be in memory before the first weights come


class Orchestrator:
    """`async with orchestrator: await orchestrator.infer(TaskMessage(text))`."""

    def __init__(self, parts: OrchestratorParts) -> None:
        self._parts = parts
        self.events, self.memory, self.monitor = parts.events, parts.memory, parts.monitor
        self.notices = parts.notices

    async def __aenter__(self) -> Self:
        news = self.events.subscribe()
        watching = asyncio.create_task(self._parts.monitor.follow(news), name="memory monitor")

        async def end_watching() -> None:
            news.close()
            await watching

        async with AsyncExitStack() as opened:  # the last comes first; each runs even if one before it raises
            opened.push_async_callback(end_watching)
            opened.push_async_callback(self._parts.memory.close)
            opened.push_async_callback(self._parts.pipeline.close)
            await run_blocking(self._parts.prepare)
            await self._parts.pipeline.start()
            self._closing = opened.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    async def infer(self, task: TaskMessage) -> InferResult:
        """One request. Raises the typed error of the phase that failed."""
        answered = await self._answer(task)
        if isinstance(answered, Failure):
            raise error_of(answered)
        return answered

    async def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncGenerator[InferResult | Failure]:
        """One item a task, in order; up to `ahead` requests are under way, so `tasks` may be endless."""
        waiting: deque[asyncio.Task[InferResult | Failure]] = deque()
        try:
            for task in tasks:
                waiting.append(asyncio.create_task(self._answer(task)))
                if len(waiting) >= self._parts.ahead:
                    yield await waiting.popleft()
            while waiting:
                yield await waiting.popleft()
        finally:
            for left in waiting:
                left.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _answer(self, task: TaskMessage) -> InferResult | Failure:
        mark, begun = self._parts.memory.mark(), time.perf_counter()
        first = self._parts.monitor.sample("request started")
        message: ResultMessage = await (await self._parts.pipeline.submit(task))
        if message.failure is not None:
            return message.failure
        self._parts.monitor.sample("request finished")
        return self._parts.make_result(message.task, self._memory(mark, first), time.perf_counter() - begun)

    def _memory(self, mark: Mark, first: Sample) -> MemoryReport:
        """What memory did since a request began: by the manager's books, and by whoever measured."""
        sampler = self.monitor.sampler
        report = self._parts.memory.report(mark, self.monitor.since(first))
        return report.model_copy(update={"rss_before_load": sampler.before_load, "rss_peak": sampler.peak})


def error_of(failure: Failure) -> RedHeartError:
    """The typed error that a failure was made from; PhaseError for one of a foreign kind."""
    kind = getattr(errors, failure.kind, None)
    if isinstance(kind, type) and issubclass(kind, RedHeartError):
        return kind(failure.reason)
    return PhaseError(f"phase '{failure.phase}': {failure.kind}: {failure.reason}")
