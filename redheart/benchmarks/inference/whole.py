"""What a request of `redheart infer` takes in all, beside the reading that the comparison is about."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

from redheart.assembly import build_orchestrator
from redheart.benchmarks.inference.rows import WholeRow
from redheart.config.schema import Settings
from redheart.orchestrator import Orchestrator, error_of
from redheart.types.messages import Failure, TaskMessage
from redheart.types.result import InferResult

TOGETHER: Final = 100  # texts at most: it is slower, and only for information
ALONE: Final = 20


async def whole_row(settings: Settings, texts: Sequence[str]) -> WholeRow:
    """All phases once over some of the texts, together and then alone. Raises what a text failed by."""
    async with build_orchestrator(settings) as orchestrator:
        await orchestrator.infer(TaskMessage(texts[0]))  # brings the weights in
        few = texts[:TOGETHER]
        begun = time.perf_counter()
        await _together(orchestrator, few)
        seconds = time.perf_counter() - begun
        results = [await orchestrator.infer(TaskMessage(text)) for text in texts[:ALONE]]
    return WholeRow(
        texts=len(few),
        texts_per_second=len(few) / seconds,
        milliseconds_together=1e3 * seconds / len(few),
        milliseconds_alone=1e3 * median(result.timing["total"] for result in results),
        shares=_shares(results),
    )


async def _together(orchestrator: Orchestrator, texts: Sequence[str]) -> None:
    async for answer in orchestrator.infer_many(TaskMessage(text) for text in texts):
        if isinstance(answer, Failure):
            raise error_of(answer)


def _shares(results: Sequence[InferResult]) -> dict[str, float]:
    phases = [name for name in results[0].timing if name != "total"]
    return {name: fmean(result.timing[name] / result.timing["total"] for result in results) for name in phases}
