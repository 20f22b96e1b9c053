"""Who goes first, what counts, and what a cancelled move leaves behind."""

import asyncio

import pytest
from fake_modules import MIB, Holder, House, passed, settle

from redheart.errors import BudgetError, CheckpointError
from redheart.memory.plan import Step
from redheart.types.residency import Work


async def test_hold_inside_a_hold_goes_before_those_who_come_from_outside():
    house = House(10)
    for name, size in (("A", 4), ("B", 6), ("C", 6)):
        house.add(name, size)
    first = Holder(house, "C")
    await first.entered()

    async def nested() -> None:
        async with house.memory.hold("A"), house.memory.hold("B"):
            pass

    inner = asyncio.create_task(nested())
    await settle()
    await asyncio.to_thread(lambda: None)
    await settle()
    late = Holder(house, "C")
    await settle()
    assert late.waits
    await first.end()
    await inner
    await late.entered()
    await late.end()


async def test_auto_evicts_where_room_is_short_though_everything_once_seemed_to_fit():
    house = House(10, policy="auto")
    house.add("A", 5)
    house.add("B", 5)
    await house.visit("A")
    async with house.memory.hold("B", work=Work(each=MIB, items=4)) as grant:
        assert grant.items == 4
    assert house.inside() == "B"


async def test_modules_that_come_back_after_a_failed_stream_are_not_joined():
    house = House(8)
    house.add("A", 1, 5)
    house.add("B", 6)
    await house.visit("B")
    gate = house.gate("A", 1)
    holder = Holder(house, "A", stream=True)
    await passed(gate)
    back = house.gate("B")
    house.modules["A"].broken = True
    gate.open()
    await passed(back)
    late = Holder(house, "B", stream=True)
    await settle()
    assert late.waits
    back.open()
    with pytest.raises(CheckpointError):
        await holder.end()
    await late.entered()
    await late.end()
    house.check_at_rest()


async def test_swap_that_meets_a_closing_manager_brings_nothing():
    house = House(8)
    house.add("A", 4)
    house.memory.follow(house.memory.cycle([Step("pause", frozenset()), Step("a", frozenset("A"))]))
    swap = asyncio.create_task(house.memory.synchronous_swap("pause"))
    await asyncio.sleep(0)
    await house.memory.close()
    await asyncio.wait((swap,))
    await settle()
    assert house.device.truth() == 0


async def test_stream_cancelled_before_its_first_turn_leaves_nothing_behind(monkeypatch):
    house = House(8)
    house.add("A", 2, 2)
    make = asyncio.create_task

    def cancelled(coroutine, *, name=None):
        task = make(coroutine, name=name)
        if name == "stream":
            task.cancel()
        return task

    monkeypatch.setattr("redheart.memory.admitter.asyncio.create_task", cancelled)
    with pytest.raises(asyncio.CancelledError):
        await house.visit("A", stream=True)
    monkeypatch.undo()
    await house.visit("A")
    house.check_at_rest()


async def test_prefetch_that_is_cancelled_takes_its_promise_back():
    house = House(8)
    house.add("A", 2, 2, 2)
    house.add("B", 2)
    house.memory.follow(house.memory.cycle([Step("b", frozenset("B")), Step("a", frozenset("A"))]))
    gate = house.gate("A", 1)
    await house.visit("B")
    await passed(gate)
    (prefetch,) = [task for task in asyncio.all_tasks() if task.get_name() == "prefetch"]
    prefetch.cancel()
    gate.open()
    await asyncio.wait((prefetch,))
    assert house.ledger.reserved == 0
    await house.visit("A")


async def test_work_of_the_caller_itself_counts_where_waiting_could_not_help():
    house = House(10)
    house.add("A", 4)
    house.add("B", 2)
    async with house.memory.hold("A", work=Work(5 * MIB)):
        with pytest.raises(BudgetError, match="must be in memory together"):
            await house.visit("B")


async def test_work_of_others_is_waited_for():
    house = House(10)
    house.add("A", 5)
    holder = Holder(house, work=Work(7 * MIB))
    await holder.entered()
    late = Holder(house, "A")
    await settle()
    assert late.waits
    await holder.end()
    await late.entered()
    await late.end()


async def test_cancelled_holder_tidies_up_where_nothing_is_kept_warm():
    house = House(8, keep_warm=False)
    house.add("A", 4)
    holder = Holder(house, "A")
    await holder.entered()
    async with house.memory.mover.lock:
        holder.let_go.set()
        await settle()
        holder.task.cancel()
        await settle()
    await asyncio.wait((holder.task,))
    assert house.device.truth() == 0
