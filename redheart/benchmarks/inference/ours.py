"""Our way: the phase that reads, behind the pipeline, its weights held by the memory manager."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from torch import Tensor

from redheart.assembly import build_memory, load_model
from redheart.benchmarks.inference.contender import VECTOR, Read, stacked
from redheart.calculus.interventions.subset_design import SubsetSizes
from redheart.config.schema import Settings
from redheart.events import EventBus
from redheart.nn.checkpoint import CheckpointConfig
from redheart.nn.interpret import Interpreter
from redheart.nn.model import CompactModel
from redheart.nn.plan import TextPlan
from redheart.nn.reader import Raw, RawText, Reader
from redheart.orchestrator import error_of
from redheart.phases.encoding import SizedEncoder
from redheart.phases.red_heart import ReadingParts, RedHeartPhase
from redheart.pipeline.io_pipeline import Before, Bounds, IOPipeline
from redheart.types.messages import ResultMessage, TaskMessage
from redheart.types.readings import TextEmbedding
from redheart.types.residency import Residency


class NotedReader(Reader):
    """Remembers the raw outputs of whole texts, in the order in which they were read."""

    def __init__(self, model: CompactModel) -> None:
        super().__init__(model)
        self.whole: list[Raw] = []

    def read(self, pooled: Tensor, plans: Sequence[TextPlan], sentences: Sequence[str]) -> list[RawText]:
        """As it is, and noted."""
        raw = super().read(pooled, plans, sentences)
        self.whole.extend(text.whole for text in raw)
        return raw


class InPhase:
    """Texts sorted by length walk through the phase in the batches of the pipeline, and are interpreted."""

    def __init__(self, runner: asyncio.Runner, pipeline: IOPipeline, reader: NotedReader) -> None:
        self._runner, self._pipeline, self._reader = runner, pipeline, reader

    def read(self, tasks: Sequence[TaskMessage]) -> Read:
        """Starting and stopping the loop is off the clock. Raises what the phase failed by."""
        return self._runner.run(self._read(tasks))

    async def _read(self, tasks: Sequence[TaskMessage]) -> Read:
        self._reader.whole.clear()
        begun = time.perf_counter()
        ordered = sorted(tasks, key=lambda task: len(task.text))
        coming = [await self._pipeline.submit(task) for task in ordered]
        done = [await future for future in coming]
        seconds = time.perf_counter() - begun
        vectors = [_vector(message) for message in done]
        said = {
            task.task_id: {**whole, VECTOR: vector}
            for task, whole, vector in zip(ordered, self._reader.whole, vectors, strict=True)
        }
        return Read(seconds, stacked([said[task.task_id] for task in tasks]))


def _vector(message: ResultMessage) -> np.ndarray:
    if message.failure is not None:
        raise error_of(message.failure)
    return np.array(message.task.require_readings()[TextEmbedding].vector)


@contextmanager
def ours(runner: asyncio.Runner, settings: Settings) -> Iterator[InPhase]:
    """As `redheart infer` reads. Raises CheckpointError, ConfigError."""
    loaded = load_model(settings)
    memory = build_memory(settings, loaded, None, EventBus())

    async def swap(phase: str) -> None:
        await memory.synchronous_swap("embed", stream=True)

    parts = reading_parts(settings, loaded.config, loaded.model, loaded.encoder)
    try:
        with in_phase(runner, settings, parts, memory, swap) as reading:
            yield reading
    finally:
        runner.run(memory.close())


@contextmanager
def in_phase(
    runner: asyncio.Runner, settings: Settings, parts: ReadingParts, residency: Residency, before: Before
) -> Iterator[InPhase]:
    """The phase of these parts as the only one of a pipeline."""
    assert isinstance(parts.reader, NotedReader)
    bounds = Bounds(settings.pipeline.batch_size, settings.pipeline.queue_size, settings.pipeline.step_timeout_s)
    pipeline = IOPipeline([RedHeartPhase(parts, residency)], EventBus(), bounds, before)
    runner.run(pipeline.start())
    try:
        yield InPhase(runner, pipeline, parts.reader)
    finally:
        runner.run(pipeline.close())


def reading_parts(
    settings: Settings, config: CheckpointConfig, model: CompactModel, encoder: SizedEncoder
) -> ReadingParts:
    """What the phase works with, its reader a noting one."""
    return ReadingParts(
        encoder=encoder,
        reader=NotedReader(model),
        interpreter=Interpreter(config, settings.emotion.llm_deviation),
        config=config,
        subset_sizes=SubsetSizes(settings.surd.max_units, settings.surd.sampled_units, settings.surd.sample),
        batch_sentences=settings.encoder.batch_sentences,
        model_modules=tuple(model.modules()),
    )
