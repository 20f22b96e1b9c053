"""Two hundred requests in a row: nothing grows, every request moves the same bytes, spikes of others hurt nobody."""

import asyncio
import gc
from dataclasses import astuple

import pytest
from fake_modules import House, settle, without_threads

from redheart.memory.budgets import MIB
from redheart.memory.leases import Lease
from redheart.memory.ledger import Counters
from redheart.memory.plan import Step
from redheart.types.residency import SwapPriority, Work

CYCLES, WARM_UP = 200, 4
STEPS = {"listen": ["llm"], "analyse": ["body", "emotion"], "decide": ["body", "regret"], "answer": ["llm"]}


@pytest.fixture
async def house():
    """A language model that leaves no room for the rest; work of 2 MiB in each step."""
    without_threads()
    house = House(64)
    house.add("llm", *[4] * 10, work_mib=2)
    house.add("body", *[4] * 4, priority=SwapPriority.BACKBONE)
    house.add("emotion", *[3] * 4, priority=SwapPriority.SECONDARY)
    house.add("regret", *[2] * 6, priority=SwapPriority.AUXILIARY, separable=False)
    house.memory.follow(house.memory.cycle([Step(name, frozenset(names), 2 * MIB) for name, names in STEPS.items()]))
    return house


async def request(house: House, stream: bool = False) -> tuple[int, ...]:
    """One round through the steps; what moved in it."""
    before = house.ledger.counters
    for step, names in STEPS.items():
        await house.memory.synchronous_swap(step)
        async with house.memory.hold(*names, work=Work(each=MIB, items=2), stream=stream):
            await settle(100)  # the prefetch runs
    return astuple(house.ledger.counters.since(before))


@pytest.mark.parametrize("stream", [False, True])
async def test_every_request_after_the_first_ones_moves_the_same_and_nothing_grows(house, stream):
    history = []
    for _ in range(CYCLES):
        moved = await request(house, stream)
        history.append((moved, house.ledger.committed, house.device.truth(), len(asyncio.all_tasks())))
        house.check_at_rest()
    assert len(set(history[WARM_UP:])) == 1
    assert house.device.peak <= 64 * MIB
    gc.collect()
    assert sum(type(found) is Lease for found in gc.get_objects()) <= 2
    assert len(list(house.memory.journal)) <= house.memory.journal.capacity


async def test_request_brings_little_more_than_the_plan_must(house):
    for _ in range(WARM_UP):
        _, _, bytes_in, _ = await request(house)
    assert house.memory.plan is not None
    assert house.memory.plan.bound_bytes <= bytes_in <= 1.2 * house.memory.plan.bound_bytes


async def test_spikes_of_others_fail_no_hold(house):
    for cycle in range(CYCLES):
        house.device.spike(5 * MIB if cycle % 7 == 6 else 0)
        await request(house)
        house.check_at_rest()
    assert house.memory.journal.counts["rung"] > 0
    assert house.device.truth() <= 64 * MIB


async def test_spike_that_comes_while_a_step_computes_fails_no_hold(house):
    for cycle in range(CYCLES // 4):
        async with house.memory.hold("llm", work=Work(each=MIB, items=2)):
            await settle(cycle % 20)
            house.device.spike(5 * MIB)
        await request(house)
        house.device.spike(0)
        house.check_at_rest()


async def test_loading_and_freeing_again_and_again_leaves_nothing_behind():
    without_threads()
    house = House(44, keep_warm=False)
    house.add("llm", *[4] * 10)
    for _ in range(50):
        await house.visit("llm")
        assert (house.device.truth(), house.ledger.committed) == (0, 0)
    assert house.modules["llm"].loads == dict.fromkeys(range(10), 50)
    assert house.ledger.counters == Counters(50, 50, 2000 * MIB, 2000 * MIB)
