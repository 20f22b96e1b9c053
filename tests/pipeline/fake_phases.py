"""Phases without models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from redheart.events import EventBus
from redheart.pipeline.io_pipeline import Bounds, IOPipeline
from redheart.types.messages import Answer, Failure, TaskMessage


class WritePhase:
    """Adds its name to each task's answer. Texts 'bad' fail; a text 'raise' raises what was given."""

    def __init__(self, name: str = "write", error: BaseException | None = None) -> None:
        self.name, self.error = name, error
        self.batches: list[list[str]] = []

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        self.batches.append([task.text for task in batch])
        if self.error is not None and any(task.text == "raise" for task in batch):
            raise self.error
        return [self._one(task) for task in batch]

    def _one(self, task: TaskMessage) -> TaskMessage | Failure:
        if task.text == "bad":
            return Failure(phase=self.name, kind="InputError", reason="bad text", exit_code=2)
        words = f"{task.answer.text} {self.name}" if task.answer else self.name
        return replace(task, answer=Answer(text=words, backend="fake", model="fake", tokens=1))


class GatedPhase(WritePhase):
    """Begins, and goes on only when the gate is opened."""

    def __init__(self, name: str = "gate") -> None:
        super().__init__(name)
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return await super().process(batch)


class PiecewisePhase(WritePhase):
    """Hands each task over when it is done; 'raise' raises, 'stop' waits until `gate` is opened."""

    def __init__(self, name: str = "piece", error: BaseException | None = None) -> None:
        super().__init__(name, error)
        self.gate = asyncio.Event()
        self.let_go = False

    async def each(self, batch: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
        try:
            for task in batch:
                if task.text == "stop":
                    await self.gate.wait()
                (entry,) = await self.process([task])
                yield entry
        finally:
            await asyncio.sleep(0)  # as a lease that takes its time to come back
            self.let_go = True


def pipeline(*phases: object, batch_size: int = 4, queue_size: int = 8, step_timeout_s: float = 30) -> IOPipeline:
    return IOPipeline(phases, EventBus(), Bounds(batch_size, queue_size, step_timeout_s))


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)
