"""Answers of one assembly to many texts, for the benchmarks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from redheart.assembly import build_orchestrator
from redheart.config.load import load_settings
from redheart.config.schema import Settings
from redheart.types.messages import Failure, TaskMessage
from redheart.types.result import InferResult
from redheart.types.situation import Language


@dataclass(frozen=True, slots=True)
class Answers:
    """Results in order with the seconds they took together; failures raise."""

    results: tuple[InferResult, ...]
    seconds: float


def bench_settings(mode: str, *overrides: str) -> Settings:
    """A mode without experiences, so that runs do not feed one another."""
    return load_settings(mode, ["experience.enabled=false", *overrides])


def ask(settings: Settings, texts: Sequence[str], language: Language | Literal["auto"] = "auto") -> Answers:
    """Ask everything of one assembly. Raises RuntimeError naming the first text that failed."""
    return asyncio.run(_ask(settings, [TaskMessage(text, language=language) for text in texts]))


async def _ask(settings: Settings, tasks: Sequence[TaskMessage]) -> Answers:
    begun = time.perf_counter()
    results: list[InferResult] = []
    async with build_orchestrator(settings) as orchestrator:
        async for answer in orchestrator.infer_many(tasks):
            if isinstance(answer, Failure):
                raise RuntimeError(f"text {len(results)} failed: {answer.reason}")
            results.append(answer)
    return Answers(tuple(results), time.perf_counter() - begun)
