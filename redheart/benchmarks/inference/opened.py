"""Everyone who reads, with their weights, for as long as the benchmark runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from redheart.benchmarks.inference import measure
from redheart.benchmarks.inference.contender import Contender
from redheart.benchmarks.inference.eight_bit import eight_bit, refusal
from redheart.benchmarks.inference.loaded import loaded_weights
from redheart.benchmarks.inference.ours import ours
from redheart.benchmarks.inference.plain import Pipelines, SharedStem
from redheart.config.schema import Settings
from redheart.nn.checkpoint import CheckpointConfig
from redheart.types.messages import TaskMessage


@dataclass(frozen=True, slots=True)
class Opened:
    """Contenders by name, what they read, and the loop in which ours runs."""

    those: Mapping[str, Contender]
    tasks: Sequence[TaskMessage]
    config: CheckpointConfig
    settings: Settings
    runner: asyncio.Runner
    eight_bit_refusal: str | None


@contextmanager
def opened(settings: Settings, tasks: Sequence[TaskMessage]) -> Iterator[Opened]:
    """All but ours share one copy of the weights. Raises CheckpointError, ConfigError."""
    weights, refused = loaded_weights(settings), refusal()
    with asyncio.Runner() as runner, ExitStack() as stack:
        those: dict[str, Contender] = {
            measure.OURS: stack.enter_context(ours(runner, settings)),
            measure.PIPELINE: Pipelines(weights),
            measure.BY_HAND: SharedStem(weights),
        }
        if refused is None:
            those[measure.EIGHT_BIT] = stack.enter_context(eight_bit(runner, settings, weights))
        yield Opened(those, tasks, weights.config, settings, runner, refused)
