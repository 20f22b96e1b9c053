"""The rows of the memory benchmark's tables. GB are 1e9 bytes; None is a figure that could not be had."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanRow:
    """GB one request moves in and out at a budget, in the steady state, by one contender.

    `by`: "engine" if bytes were counted by the device while the manager ran, "replay" if a simulator of the contender's
    rules was walked, "search" for an optimum. `stall_s`: virtual seconds a request waits for weights.
    """

    budget_gb: float
    contender: str
    gb_in: float
    gb_out: float
    bound_gb: float
    by: str
    times_bound: float | None = None
    share_of_chain: float | None = None
    peak_gb: float | None = None
    stall_s: float | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """How long deciding who leaves takes among so many modules; beside it the search of diffusers, where installed.

    `our_bytes`, `diffusers_bytes`: evicted for the same needs, added up over `needs` of them; `never_more`: in none of
    them did we evict more. `moved`: in and out together; what we evict is not copied out, what it offloads is.
    """

    modules: int
    p50_ms: float
    p99_ms: float
    samples: int
    diffusers_ms: float | None = None
    times_faster: float | None = None
    needs: int | None = None
    our_bytes: int | None = None
    diffusers_bytes: int | None = None
    never_more: bool | None = None
    our_moved_bytes: int | None = None
    diffusers_moved_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TierRow:
    """How fast one path brings weights, beside the floor it cannot beat, medians of interleaved rounds.

    `best_share_of_floor`: its best round against the floor's best, which says more on a machine that others keep busy.
    """

    path: str
    gb_per_s: float | None
    floor_gb_per_s: float | None
    share_of_floor: float | None = None
    best_share_of_floor: float | None = None
    times_load_file_clone: float | None = None
    times_load_file_mmap_cold: float | None = None
    rounds: int = 0
    exact: bool | None = None
    us_per_tensor: float | None = None
    bytes_copied: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OverheadRow:
    """What the manager itself costs. `target` is the most that `judged` ("p50", "p99", "max") should be, in `unit`."""

    what: str
    unit: str
    p50: float | None = None
    p99: float | None = None
    max: float | None = None
    samples: int = 0
    target: float | None = None
    judged: str | None = None
    note: str | None = None
