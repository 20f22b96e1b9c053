"""How long the plan takes to find, once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from redheart.benchmarks.memory.random_ledger import chunked, random_size
from redheart.benchmarks.memory.reference_plan import BUDGETS_MB, MB, reference_cycle
from redheart.benchmarks.memory.rows import OverheadRow
from redheart.benchmarks.memory.samples import percentile, seconds_of
from redheart.memory.plan import Cycle, Step, solve

SEED: Final = 20261121
MODULES: Final = 12
STEPS: Final = 6
CYCLES: Final = 20  # random ones
REPEATS: Final = 5


def solving_rows(seed: int = SEED, cycles: int = CYCLES) -> Iterator[OverheadRow]:
    """The reference plan at its budgets, then random ones of twelve modules."""
    solve(reference_cycle(), BUDGETS_MB[0] * MB)  # what a first call imports is no part of a plan
    known = [(reference_cycle(), budget * MB) for budget in BUDGETS_MB]
    yield _row("solve_reference_plan", known * REPEATS, "4 modules, 4 steps, all budgets")
    draw = random.Random(seed)
    drawn = [crowded_cycle(draw) for _ in range(cycles)]
    yield _row(f"solve_{MODULES}_modules", drawn, f"{STEPS} steps, random sizes, chunks of 64 MB")


def _row(what: str, problems: Sequence[tuple[Cycle, int]], note: str) -> OverheadRow:
    times = [seconds_of(partial(solve, cycle, capacity)) * 1e3 for cycle, capacity in problems]
    middle, late = percentile(times, 0.5), percentile(times, 0.99)
    return OverheadRow(what, "ms", middle, late, max(times), len(times), 20, "p50", note)


def crowded_cycle(draw: random.Random) -> tuple[Cycle, int]:
    """Twelve modules, one to four a step, and room for half way between the largest step and everything."""
    chunks = {f"m{index}": chunked(random_size(draw)) for index in range(MODULES)}
    names = list(chunks)
    steps = [Step(f"s{index}", frozenset(draw.sample(names, draw.randint(1, 4)))) for index in range(STEPS)]
    sizes = [sum(sum(chunks[name]) for name in step.modules) for step in steps]
    everything = sum(sum(chunks[name]) for name in frozenset().union(*(step.modules for step in steps)))
    return Cycle(tuple(steps), chunks), (max(sizes) + everything) // 2
