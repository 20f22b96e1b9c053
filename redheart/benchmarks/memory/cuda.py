"""The memory benchmark on a GPU: everybody brings the same modules through the same requests, under the same cap."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from redheart.benchmarks.memory.cuda_ours import Managed, Ours, lru_manager
from redheart.benchmarks.memory.cuda_peers import Chain, Components, GroupOffload, Peer, Plain, PlainEmptied
from redheart.benchmarks.memory.cuda_requests import Record, Requests, Spikes
from redheart.benchmarks.memory.cuda_rows import Row, absent_row, rows_of, soak_row
from redheart.benchmarks.memory.cuda_stage import Contender, Stage
from redheart.benchmarks.memory.modules import GB, WEIGHTS_GB, write_weights
from redheart.errors import ConfigError
from redheart.memory.tiers.cuda import CudaTransfer, cuda_transfer

SLACK_GB: Final = 0.7  # of the cap: for the spikes, and for what the allocator keeps in pieces
WARM_UP: Final = 2
ROUNDS: Final = 2
SPIKE_GB: Final = 0.5
FLOOR_COPIES: Final = 16

Say = Callable[[str], None]


def contenders() -> list[Contender]:
    """All of them, the oracle first."""
    return [
        Peer(),
        Plain(),
        PlainEmptied(),
        Chain(),
        Components(shimmed=True),
        Components(shimmed=False),
        GroupOffload(),
        Managed(Ours("lru", lru_manager, follows=False, streams=False)),
        Managed(Ours("drop_after_use", keep_warm=False, follows=False, streams=False)),
        Managed(Ours("ours_no_prefetch")),
        Managed(Ours("ours", prefetch=True)),
    ]


@dataclass(frozen=True, slots=True)
class Wished:
    """How much to measure. `cycles`: requests of each contender that count; `soak`: those of ours with spikes."""

    cap_gb: float = 8.0
    cycles: int = 10
    scale: float = 1.0
    soak: int = 200


def run_cuda(cap_gb: float, cycles: int, scale: float = 1.0, soak: int = 200, say: Say = print) -> list[Row]:
    """Rows for the JSON's "cuda": the link, then for each contender one row a phase change and one a request.

    GB are 1e9 bytes. `cap_gb` bounds torch's allocator, CUDA's context not counted; `scale` multiplies all weights and
    work (1: 7.16 GB). Raises ConfigError without a CUDA device.
    """
    if not torch.cuda.is_available():
        raise ConfigError("the CUDA benchmark was asked for, but torch sees no CUDA device. Use --sim or --host.")
    device = torch.device("cuda", torch.cuda.current_device())
    pinned = int((sum(WEIGHTS_GB.values()) * scale + 1) * GB)
    transfer = cuda_transfer(device, pinned)
    try:
        return bench(Wished(cap_gb, cycles, scale, soak), transfer, device, say)
    finally:
        transfer.close()
        torch.cuda.set_per_process_memory_fraction(1.0)


def bench(wished: Wished, transfer: CudaTransfer, device: torch.device, say: Say) -> list[Row]:
    """All rows, on a device and a transfer that the caller brings."""
    with tempfile.TemporaryDirectory(prefix="redheart-bench-") as folder:
        weights = write_weights(Path(folder), wished.scale)
        cap = int(wished.cap_gb * GB)
        usable = cap - int(SLACK_GB * GB * wished.scale)
        stage = Stage(device, weights, wished.scale, cap, usable, transfer)
        floor = link_gb_per_s(device)
        return asyncio.run(_measured(wished, stage, floor, say))


async def _measured(wished: Wished, stage: Stage, floor: float | None, say: Say) -> list[Row]:
    everybody = contenders()
    able = [contender for contender in everybody if contender.missing(stage.device) is None]
    requests = Requests(stage, await _calibrated(stage, say))
    records = await _rounds(wished, requests, able, say)
    oracle = records["resident"]
    rows: list[Row] = [{"contender": "bandwidth_floor", "gb_per_s": floor, "cap_holds": _cap_holds(stage)}]
    for contender in everybody:
        reason = contender.missing(stage.device)
        found = records.get(contender.name)
        rows += [absent_row(contender.name, reason)] if found is None else rows_of(found, oracle, floor)
    if wished.soak:
        rows.append(await _soaked(wished, requests, oracle, say))
    return rows


async def _rounds(wished: Wished, requests: Requests, able: Sequence[Contender], say: Say) -> dict[str, Record]:
    """Everybody in turn, and again: what the machine does meanwhile hits all alike."""
    records = {contender.name: Record(contender.name) for contender in able}
    for turn in range(min(ROUNDS, wished.cycles)):
        share = len(range(turn, wished.cycles, min(ROUNDS, wished.cycles)))
        for contender in able:
            _limit(requests.stage, lifted=contender.lifts_cap)
            await requests.run(contender, records[contender.name], WARM_UP, share)
            say(f"round {turn + 1}: {contender.name}: {share} requests, {records[contender.name].ooms} out of memory")
    return records


async def _soaked(wished: Wished, requests: Requests, oracle: Record, say: Say) -> Row:
    """Ours alone, many requests, somebody else's memory coming and going."""
    _limit(requests.stage, lifted=False)
    record = Record("ours")
    spikes = Spikes(int(SPIKE_GB * GB * wished.scale), every=7)
    ours = Managed(Ours("ours", prefetch=True))
    await requests.run(ours, record, WARM_UP, wished.soak, spikes)
    say(f"{wished.soak} requests with spikes: {record.ooms} out of memory, {record.rungs} rungs")
    row = soak_row(record, oracle, spikes, requests.stage.transfer.context_bytes())
    return {**row, "locked_gb": ours.locked_bytes / GB, "booked_gb": ours.booked_bytes / GB}


async def _calibrated(stage: Stage, say: Say) -> dict[str, int]:
    """Rows that each module computes on, so that a phase takes as long as the real one; few of them off a GPU."""
    rows = dict.fromkeys(stage.weights.shapes, 64 if stage.on_gpu else 4)
    if not stage.on_gpu:
        return rows
    oracle = Peer()
    _limit(stage, lifted=True)
    oracle.open(stage)
    requests = Requests(stage, dict.fromkeys(rows, 1024))
    for name in rows:
        rows[name] = requests.rows_for(name, oracle.modules[name])
    await oracle.close()
    say("rows: " + ", ".join(f"{name} {count:,}" for name, count in rows.items()))
    return rows


def link_gb_per_s(device: torch.device) -> float | None:
    """One locked copy of 64 MB after another: what the link gives. None off a GPU."""
    if device.type != "cuda":
        return None
    source = torch.empty(64 * 2**20, dtype=torch.uint8).pin_memory()
    target = torch.empty_like(source, device=device)
    begun, ended = _timing_event(), _timing_event()
    for _ in range(2):  # the first is warm-up
        begun.record()
        for _ in range(FLOOR_COPIES):
            target.copy_(source, non_blocking=True)
        ended.record()
        ended.synchronize()
    return float(FLOOR_COPIES * source.nbytes / (begun.elapsed_time(ended) / 1e3) / GB)


def _timing_event() -> Any:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]


def _limit(stage: Stage, lifted: bool) -> None:
    if stage.on_gpu:
        total = torch.cuda.get_device_properties(stage.device).total_memory
        torch.cuda.set_per_process_memory_fraction(1.0 if lifted else min(1.0, stage.cap / total), stage.device)


def _cap_holds(stage: Stage) -> bool | None:
    """True if the allocator refuses a little more than the cap; None off a GPU."""
    if not stage.on_gpu:
        return None
    _limit(stage, lifted=False)
    try:
        torch.empty(int(stage.cap * 1.0125), dtype=torch.uint8, device=stage.device)
    except torch.OutOfMemoryError:
        return True
    return False
