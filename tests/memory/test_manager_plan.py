"""Following a plan: what comes ahead of time, what is taken back, and how it all ends."""

import asyncio

import pytest
from fake_modules import Holder, House, passed, settle

from redheart.errors import ConfigError
from redheart.memory.plan import Step
from redheart.types.residency import SwapPriority

# -- the plan ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def route():
    """Steps A, B and C, one after the other, round and round; two of the three fit."""
    house = House(8)
    for name in "ABC":
        house.add(name, 2, 2)
    house.memory.follow(house.memory.cycle([Step(name.lower(), frozenset(name)) for name in "ABC"]))
    return house


async def test_next_step_is_brought_while_the_present_one_computes(route):
    async with route.memory.hold("A"):
        await asyncio.to_thread(lambda: None)
        while route.inside() != "AB":
            await asyncio.sleep(0)
        assert route.leases("B") == 0
    assert any("prefetched" in decision.reason for decision in route.memory.journal.about("B"))


async def test_hold_of_what_a_prefetch_is_bringing_loads_nothing_twice(route):
    gate = route.gate("B", 1)
    async with route.memory.hold("A"):
        await passed(gate)
        holder = Holder(route, "B")
        await settle()
        gate.open()
        await holder.entered()
        assert route.modules["B"].loads == {0: 1, 1: 1}
        await holder.end()


async def test_demand_takes_the_room_that_was_promised_to_a_prefetch(route):
    gate = route.gate("B", 0)
    async with route.memory.hold("A"):
        await passed(gate)
        holder = Holder(route, "C")
        await settle()
        gate.open()
        await holder.entered()
        assert route.inside() == "AC"
        await holder.end()
    assert route.memory.journal.counts["revoke"] == 1


async def test_nothing_is_brought_ahead_where_the_settings_forbid_it():
    house = House(8, prefetch=False)
    for name in "AB":
        house.add(name, 4)
    house.memory.follow(house.memory.cycle([Step("a", frozenset("A")), Step("b", frozenset("B"))]))
    await house.visit("A")
    await settle()
    assert house.log == ["+A"]


async def test_swap_between_steps_brings_what_the_step_needs_and_leases_nothing(route):
    await route.memory.synchronous_swap("b")
    assert "B" in route.inside()
    assert route.leases("B") == 0


async def test_swap_to_a_step_that_the_plan_does_not_know_is_refused(route):
    with pytest.raises(ConfigError, match=r"unknown step 'd'\. Steps of the plan: a, b, c"):
        await route.memory.synchronous_swap("d")


async def test_prefetch_that_fails_is_given_up_and_hurts_nobody(route):
    route.modules["B"].broken = True
    await route.visit("A")
    while not any(decision.reason.startswith("given up") for decision in route.memory.journal):
        await asyncio.sleep(0)
    await settle()
    route.check_at_rest()
    route.modules["B"].broken = False
    await route.visit("B")


async def test_cancelled_hold_leaves_a_plan_for_the_next_one(route):
    holder = Holder(route, "A")
    await asyncio.sleep(0)  # the plan is being made
    assert route.memory.plan is None
    holder.task.cancel()
    await asyncio.wait((holder.task,))
    await route.visit("A")
    assert route.memory.plan is not None


# -- the end ----------------------------------------------------------------------------------------------------------


async def test_close_waits_for_leases_then_unloads_even_the_backbone(house):
    house.add("body", 4, priority=SwapPriority.BACKBONE)
    holder = Holder(house, "body")
    await holder.entered()
    closing = asyncio.create_task(house.memory.close())
    await settle()
    assert house.modules["body"].filled
    await holder.end()
    await closing
    assert house.device.truth() == 0
    house.check_at_rest()
    await house.memory.close()


async def test_closed_manager_refuses_new_holders_and_those_who_wait(house):
    holder = Holder(house, "A", "B")
    await holder.entered()
    waiter = Holder(house, "C")
    await settle()
    closing = asyncio.create_task(house.memory.close())
    with pytest.raises(RuntimeError, match="closed"):
        await waiter.task
    await holder.end()
    await closing
    with pytest.raises(RuntimeError, match="closed"):
        await house.visit("A")


async def test_close_inside_a_hold_is_refused(house):
    async with house.memory.hold("A"):
        with pytest.raises(RuntimeError, match="wait for itself"):
            await house.memory.close()


async def test_close_ends_a_prefetch_and_unloads_what_it_brought(route):
    gate = route.gate("B", 1)
    await route.visit("A")
    await passed(gate)
    closing = asyncio.create_task(route.memory.close())
    await settle()
    gate.open()
    await closing
    assert route.device.truth() == 0
    route.check_at_rest()


async def test_nothing_is_prefetched_after_the_end():
    house = House(8)
    house.add("A", 4)
    steps = [Step("a", frozenset("A")), Step("pause", frozenset())]
    house.memory.follow(house.memory.cycle(steps))
    await house.visit("A")
    await house.memory.close()
    try:
        await house.memory.synchronous_swap("pause")
    except RuntimeError as error:
        assert "closed" in str(error)
    await settle()
    await asyncio.to_thread(lambda: None)
    await settle()
    assert house.device.truth() == 0
