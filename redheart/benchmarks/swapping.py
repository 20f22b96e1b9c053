"""A local LLM and the model by turns, in a budget that holds only one of them: the same readings, the peak, no growth.

    python -m redheart.benchmarks.swapping --llm MODEL.gguf --budget-mib 720 [--requests 50] [--json]

The texts are answered again and again under the budget, one request at a time, then once each without a limit. RSS is
sampled every 10 ms; its baseline is taken just before the first weights come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from redheart.assembly import build_orchestrator
from redheart.benchmarks.answers import bench_settings
from redheart.config.schema import Settings
from redheart.types.messages import TaskMessage
from redheart.types.result import InferResult

_MIB: Final = 1 << 20
TEXTS: Final = (
    "친구의 잘못을 덮어 주려고 거짓말을 했는데, 밤새 후회했다. 그래도 친구는 나에게 고마워했다.",
    "I promised my sister to come to her wedding, and then my boss offered me the project I had waited for.",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request under the budget. MiB; `peak_*` since the process began, above its baseline for RSS."""

    seconds: float
    same: bool
    loads: int
    evictions: int
    in_mib: float
    freed_mib: float
    rss_mib: float
    peak_rss_mib: float
    peak_arena_mib: float


def main() -> None:
    """Print one line a request, then what they come to. Exit code 1 if a reading differs or the budget is exceeded."""
    arguments = _arguments()
    tight = asyncio.run(_answers(_settings(arguments, arguments.budget_mib), arguments.requests))  # in a fresh process
    free = [result for result, _ in asyncio.run(_answers(_settings(arguments, None), len(TEXTS)))]
    rows = [_seen(result, baseline, free[i % len(TEXTS)]) for i, (result, baseline) in enumerate(tight)]
    summary = _summary(rows, arguments.budget_mib)
    if arguments.json:
        print(json.dumps({"requests": [asdict(row) for row in rows], **summary}))
    else:
        _print(rows, summary)
    sys.exit(0 if summary["same_readings"] and summary["peak_rss_mib"] <= arguments.budget_mib else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--llm", type=Path, required=True, help="a .gguf file or a folder with safetensors")
    parser.add_argument("--budget-mib", type=float, required=True)
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--max-tokens", type=int, default=16)
    parser.add_argument("--context-tokens", type=int, default=1024)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _settings(arguments: argparse.Namespace, budget_mib: float | None) -> Settings:
    return bench_settings(
        "medium",
        "llm.backend=local",
        f"llm.model={arguments.llm}",
        f"llm.max_tokens={arguments.max_tokens}",
        f"llm.context_tokens={arguments.context_tokens}",
        "allow_degraded=[llm]",  # a small model's replies may not parse: its readings are compared all the same
        "pipeline.batch_size=1",
        f"memory.host_budget_mib={budget_mib or 65536}",
    )


async def _answers(settings: Settings, requests: int) -> list[tuple[InferResult, int]]:
    """Results in order, each with the process's resident memory after it, bytes."""
    found = []
    async with build_orchestrator(settings) as engine:
        with engine.monitor.sampler.wanted():
            for i in range(requests):
                result = await engine.infer(TaskMessage(TEXTS[i % len(TEXTS)]))
                found.append((result, engine.monitor.sampler.look()))
    return found


def _seen(result: InferResult, rss: int, free: InferResult) -> Seen:
    memory = result.memory
    assert memory.rss_peak is not None and memory.rss_before_load is not None, "nobody sampled"
    return Seen(
        seconds=round(result.timing["total"], 3),
        same=_computed(result) == _computed(free),
        loads=memory.loads,
        evictions=memory.evictions,
        in_mib=round(memory.bytes_in / _MIB, 1),
        freed_mib=round(memory.bytes_freed / _MIB, 1),
        rss_mib=round(rss / _MIB, 1),
        peak_rss_mib=round((memory.rss_peak - memory.rss_before_load) / _MIB, 1),
        peak_arena_mib=round(memory.peak_committed / _MIB, 1),
    )


def _computed(result: InferResult) -> dict[str, Any]:
    return result.model_dump(mode="json", exclude={"timing", "memory"})


def _summary(rows: Sequence[Seen], budget_mib: float) -> dict[str, Any]:
    warm = [row.rss_mib for row in rows[len(rows) // 5 :]]
    slope = statistics.linear_regression(range(len(warm)), warm).slope if len(warm) > 1 else 0.0
    return {
        "budget_mib": budget_mib,
        "same_readings": all(row.same for row in rows),
        "peak_rss_mib": max(row.peak_rss_mib for row in rows),
        "peak_arena_mib": max(row.peak_arena_mib for row in rows),
        "rss_slope_mib_per_request": round(slope, 3),
        "evictions": sum(row.evictions for row in rows),
        "seconds_per_request": round(statistics.median(row.seconds for row in rows), 3),
    }


def _print(rows: Sequence[Seen], summary: dict[str, Any]) -> None:
    for i, row in enumerate(rows):
        print(
            f"{i + 1:3d}  {row.seconds:7.2f} s  in {row.in_mib:7.1f} MiB  freed {row.freed_mib:7.1f} MiB  "
            f"RSS {row.rss_mib:7.1f} MiB  peak over baseline {row.peak_rss_mib:7.1f} MiB  "
            f"arena {row.peak_arena_mib:7.1f} MiB"
        )
    print("  ".join(f"{name} {value}" for name, value in summary.items()))


if __name__ == "__main__":
    main()
