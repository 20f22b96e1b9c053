"""What a sweep cost, counted from its ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator

from redheart.training.sweep.ledger import Cumulative, Entry, Purpose
from redheart.types.base import Frozen


class Cost(Frozen):
    """Optimizer steps by what they were spent on, and the seconds of all of them."""

    search: int
    tie_break: int
    range_test: int
    judging: int  # further seeds of rates that other methods suggest
    seconds: float


def cost_of(held: Cumulative, sweep: int) -> Cost:
    """The trials of one sweep, with the range test on file."""
    entries = [entry for entry in _entries(held) if entry.sweep == sweep]
    ranged = held.range_test

    def steps(purpose: Purpose) -> int:
        return sum(entry.steps for entry in entries if entry.purpose == purpose)

    return Cost(
        search=steps("search"),
        tie_break=steps("tie-break"),
        range_test=0 if ranged is None else len(ranged.curve),
        judging=steps("judging"),
        seconds=math.fsum(entry.seconds for entry in entries) + (0.0 if ranged is None else ranged.seconds),
    )


def _entries(held: Cumulative) -> Iterator[Entry]:
    yield from held.rates.values()
    for repeats in held.repeats.values():
        yield from repeats
