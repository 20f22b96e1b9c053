import asyncio
import time

from redheart.benchmarks.memory.overhead import Amount, Ticker, overhead_rows
from redheart.benchmarks.memory.rows import OverheadRow
from redheart.benchmarks.memory.solving import crowded_cycle, solving_rows
from redheart.memory.plan import solve

TINY = Amount(0.002, leases=30, swaps=2, growth_gb=0.001, growth_cycles=5)


def test_each_question_has_its_row_with_unit_and_target() -> None:
    rows = {row.what: row for row in overhead_rows(TINY, lambda sentence: None)}
    assert {"lease_acquire_release", "loop_lag_idle", "loop_lag_during_swap", "rss_growth"} <= rows.keys()
    lease, lag, growth = (rows[name] for name in ("lease_acquire_release", "loop_lag_during_swap", "rss_growth"))
    assert (lease.unit, lease.target, lease.samples) == ("us", 20, 30)
    assert (lag.unit, lag.target, lag.judged) == ("ms", 5, "max")
    assert (growth.unit, growth.samples) == ("MB", 5)


async def test_the_ticker_notices_a_loop_that_was_kept_busy() -> None:
    ticker = Ticker()
    ticker.start()
    await asyncio.sleep(0)
    until = time.perf_counter() + 0.03
    while time.perf_counter() < until:
        pass
    while not ticker.late_ms:
        await asyncio.sleep(0)
    assert max(ticker.stop()) >= 20


def test_solving_is_timed_over_random_cycles_that_do_not_fit_at_once() -> None:
    import random

    cycle, capacity = crowded_cycle(random.Random(5))
    plan = solve(cycle, capacity)
    assert 0 < max(plan.peak) <= capacity < sum(sum(chunks) for chunks in cycle.chunks.values())
    rows = list(solving_rows(cycles=3))
    assert all(isinstance(row, OverheadRow) and row.unit == "ms" for row in rows)
    assert rows[-1].samples == 3
