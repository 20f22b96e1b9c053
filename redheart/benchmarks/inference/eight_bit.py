"""Our way with torch's dynamic 8-bit products in the encoder; all its weights are simply there."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from redheart.benchmarks.inference.contender import Outputs
from redheart.benchmarks.inference.loaded import LoadedWeights
from redheart.benchmarks.inference.ours import InPhase, in_phase, reading_parts
from redheart.config.schema import Settings
from redheart.encoders.bundled import BundledEncoder
from redheart.nn.checkpoint import CheckpointConfig, Probe
from redheart.nn.interpret import Interpreter
from redheart.types.residency import Work
from redheart.types.situation import Language


@dataclass(frozen=True, slots=True)
class _Everything:
    """A grant of all that was asked for."""

    items: int

    async def relieve(self, error: BaseException) -> None:
        """Nothing to give back."""
        raise error


class _AllThere:
    """A residency of modules that never leave."""

    @asynccontextmanager
    async def hold(self, *names: str, work: Work | None = None, stream: bool = False) -> AsyncIterator[_Everything]:
        """At once."""
        yield _Everything(1 if work is None else work.items)


def refusal() -> str | None:
    """Why this torch cannot do it; None where it can."""
    try:
        _quantised(nn.Sequential(nn.Linear(32, 32)))(torch.zeros(1, 32))
    except (ImportError, RuntimeError) as error:
        return f"this torch cannot: {str(error).splitlines()[0]}"
    return None


@contextmanager
def eight_bit(runner: asyncio.Runner, settings: Settings, weights: LoadedWeights) -> Iterator[InPhase]:
    """As ours, but for the products and for the manager."""
    encoder = BundledEncoder(weights.encoder.folder, settings.encoder.precision, _left_out(weights.encoder))
    encoder.module.load_state_dict(dict(weights.state), strict=True, assign=True)
    _quantised(encoder.module)
    # It need not reproduce a probe that was taken in float32.
    config = weights.config.model_copy(update={"probe": Probe(texts=weights.config.probe.texts, outputs={})})
    with in_phase(
        runner, settings, reading_parts(settings, config, weights.model, encoder), _AllThere(), _nothing
    ) as reading:
        yield reading


def probability_change(
    config: CheckpointConfig, languages: Sequence[Language], one: Outputs, other: Outputs
) -> tuple[float, str]:
    """Largest change of a calibrated probability between two readings of the same texts, and whose it is.

    Utility is a probability against the neutral sentences of a text's language, on average.
    """
    interpreter = Interpreter(config, llm_deviation=1.0)
    neutral = np.array([[np.mean(config.neutral_utility[language])] for language in languages])
    changes: dict[str, float] = {}
    for head in config.platt:
        if head in one:
            shift = neutral if head == "utility" else 0.0
            first, second = (interpreter.probability(head, outputs[head] - shift) for outputs in (one, other))
            changes[head] = float(np.abs(first - second).max())
    worst = max(changes, key=changes.__getitem__)
    return changes[worst], worst


def _quantised(module: nn.Module) -> Any:
    """Its linear layers replaced, in place: weights int8, inputs int8 by the range of each call."""
    from torch.ao.quantization import quantize_dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this will leave it
        return quantize_dynamic(module, {nn.Linear}, torch.qint8, inplace=True)  # type: ignore[no-untyped-call]


def _left_out(encoder: BundledEncoder) -> frozenset[str]:
    return frozenset(encoder.facts.branches) - frozenset(encoder.branches)


async def _nothing(phase: str) -> None:
    return None
