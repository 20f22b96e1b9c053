"""What the requests on a GPU come to: rows of the benchmark's "cuda" table. Pure."""

from __future__ import annotations

import statistics

from redheart.benchmarks.memory.cuda_requests import Record, Spikes
from redheart.benchmarks.memory.modules import GB, PHASES
from redheart.benchmarks.memory.samples import percentile

Row = dict[str, object]


def absent_row(contender: str, reason: str | None) -> Row:
    """For one that cannot run here."""
    return {"contender": contender, "absent": reason}


def rows_of(record: Record, oracle: Record, floor: float | None) -> list[Row]:
    """One a phase change, one for the whole request. `stall_ms` is what the oracle, which moves nothing, does not need.

    `share_of_floor`: how much of the link's `floor` (GB/s) what came in makes of the stall; above 1 where computing hid
    a part.
    """
    return [*(_change(record, oracle, phase.name, floor) for phase in PHASES), _request(record, oracle)]


def _change(record: Record, oracle: Record, phase: str, floor: float | None) -> Row:
    """Medians and p95 over the requests that had memory enough."""
    took, needed = _done(record, phase), _median(_done(oracle, phase))
    stalls = [max(0.0, ms - needed) for ms in took] if needed is not None else []
    stall = _median(stalls)
    gb_in = record.bytes_in[phase] / max(1, record.requests) / GB
    speed = gb_in / (stall / 1e3) if stall and gb_in else None
    return {
        "contender": record.contender,
        "phase": phase,
        "ms_p50": _median(took),
        "stall_ms_p50": stall,
        "stall_ms_p95": percentile(stalls, 0.95) if stalls else None,
        "gb_in": gb_in,
        "gb_out": record.bytes_out[phase] / max(1, record.requests) / GB,
        "gb_per_s": speed,
        "share_of_floor": speed / floor if speed and floor else None,
        "exact": record.sums[phase] <= oracle.sums[phase] if record.sums[phase] else None,
    }


def _request(record: Record, oracle: Record) -> Row:
    whole = _median(_whole(record))
    ideal = _median(_whole(oracle))
    return {
        "contender": record.contender,
        "phase": "request",
        "requests": record.requests,
        "ms_p50": whole,
        "times_resident": whole / ideal if whole and ideal else None,
        "gb_in": sum(record.bytes_in.values()) / max(1, record.requests) / GB,
        "gb_out": sum(record.bytes_out.values()) / max(1, record.requests) / GB,
        "exact": exact(record, oracle),
        "ooms": record.ooms,
        "rungs": record.rungs,
        "peak_allocated_gb": record.peak_allocated / GB,
        "peak_reserved_gb": record.peak_reserved / GB,
    }


def soak_row(record: Record, oracle: Record, spikes: Spikes, context: int | None) -> Row:
    """Many requests: what grew between the first tenth and the last."""
    tenth = max(1, len(record.reserved) // 10)
    first, last = record.reserved[:tenth], record.reserved[-tenth:]
    return {
        **_request(record, oracle),
        "phase": "soak",
        "spikes": spikes.came,
        "spikes_refused": spikes.refused,
        "grown_gb": (statistics.median(last) - statistics.median(first)) / GB if last else None,
        "context_gb": None if context is None else context / GB,
    }


def exact(record: Record, oracle: Record) -> bool | None:
    """True if every output that there was is the oracle's, bit for bit; None if there was none."""
    seen = {phase: sums for phase, sums in record.sums.items() if sums}
    return all(sums <= oracle.sums[phase] for phase, sums in seen.items()) if seen else None


def _whole(record: Record) -> list[float]:
    """Milliseconds of each request that never ran out of memory."""
    times = zip(*(record.ms[phase.name] for phase in PHASES), strict=True)
    return [sum(ms for ms in phases if ms is not None) for phases in times if None not in phases]


def _done(record: Record, phase: str) -> list[float]:
    return [ms for ms in record.ms[phase] if ms is not None]


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
