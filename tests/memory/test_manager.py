"""Holding modules: admission, waiting, failure, cancellation, the way back."""

import asyncio
import threading
from inspect import signature

import pytest
from fake_modules import Holder, House, settle

from redheart.blocking import run_blocking
from redheart.errors import BudgetError, CheckpointError, ConfigError
from redheart.events import MODULE_EVICTED, MODULE_LOADED
from redheart.memory.budgets import MIB
from redheart.types.residency import Residency, SwapPriority


async def test_held_modules_are_resident_and_leased_only_inside(house):
    async with house.memory.hold("A", "B"):
        assert set(house.device.loaded) == {"A", "B"}
        assert (house.leases("A"), house.leases("B")) == (1, 1)
    assert (house.leases("A"), house.leases("B")) == (0, 0)
    assert house.memory.resident() == ("A", "B")


async def test_warm_module_is_not_loaded_again(house):
    await house.visit("A")
    await house.visit("A")
    assert house.device.log == ["+A"]


async def test_room_is_made_before_a_load(house):
    await house.visit("A")
    await house.visit("B")
    await house.visit("C")
    assert house.device.log == ["+A", "+B", "-A", "+C"]


async def test_module_larger_than_the_budget_is_refused_with_both_sizes(house):
    house.add("huge", 9)
    with pytest.raises(BudgetError, match=r"9\.0 MiB.*budget is 8\.0 MiB.*memory\.host_budget_mib"):
        await house.visit("huge")


async def test_set_that_fits_only_in_parts_is_refused(house):
    with pytest.raises(BudgetError, match=r"12\.0 MiB"):
        await house.visit("A", "B", "C")
    assert house.device.log == []


async def test_resident_backbone_counts_against_what_can_ever_fit(house):
    house.add("body", 5, SwapPriority.BACKBONE)
    await house.visit("body")
    with pytest.raises(BudgetError, match=r"'A', 'body'.*9\.0 MiB"):
        await house.visit("A")


async def test_unknown_name_is_refused_before_anything_moves(house):
    with pytest.raises(ConfigError, match=r"unknown module 'D'. Registered: A, B, C"):
        await house.visit("A", "D")
    assert house.device.log == []


async def test_direct_refuses_what_does_not_fit_beside_the_residents():
    house = House(8, "direct")
    for name in "ABC":
        house.add(name, 4)
    await house.visit("A", "B")
    with pytest.raises(BudgetError, match="never evicts"):
        await house.visit("C")
    assert house.memory.resident() == ("A", "B")


async def test_without_keep_warm_idle_modules_leave_but_the_backbone_stays():
    house = House(8, keep_warm=False)
    house.add("body", 4, SwapPriority.BACKBONE)
    house.add("A", 4)
    await house.visit("body", "A")
    assert house.memory.resident() == ("body",)


async def test_without_keep_warm_a_module_others_use_stays():
    house = House(8, keep_warm=False)
    house.add("A", 4)
    other = Holder(house, "A")
    await other.entered()
    await house.visit("A")
    assert house.memory.resident() == ("A",)
    await other.end()
    assert house.memory.resident() == ()


async def test_second_holder_joins_a_load_in_flight(house):
    gate = house.modules["A"].gate = threading.Event()
    first, second = Holder(house, "A"), Holder(house, "A")
    await house.until_begun("A")
    assert not second.inside.is_set()
    gate.set()
    await asyncio.gather(first.entered(), second.entered())
    assert house.device.log == ["+A"]
    assert house.leases("A") == 2
    await asyncio.gather(first.end(), second.end())


async def test_hold_waits_for_the_leases_of_others_and_then_enters(house):
    first = Holder(house, "A", "B")
    await first.entered()
    second = Holder(house, "C")
    await settle()
    assert not second.inside.is_set()
    await first.end()
    await second.entered()
    await second.end()


async def test_waiters_are_served_first_come_first_served(house):
    await house.visit("B")
    first = Holder(house, "A")
    await first.entered()
    large, small = Holder(house, "B", "C"), Holder(house, "B")
    await settle()
    assert not small.inside.is_set()  # though B is resident and idle: the large one would starve
    await first.end()
    await large.entered()
    await asyncio.gather(large.end(), small.end())


async def test_hold_inside_a_hold_goes_before_the_queue_that_waits_for_it(house):
    async def outer() -> None:
        async with house.memory.hold("A"):
            may_nest.set()
            await queue_waits.wait()
            await house.visit("A", "B")

    may_nest, queue_waits = asyncio.Event(), asyncio.Event()
    nesting = asyncio.create_task(outer())
    await may_nest.wait()
    waiting = Holder(house, "B", "C")
    await settle()
    queue_waits.set()
    await asyncio.wait_for(nesting, 10)
    await waiting.entered()
    await waiting.end()


async def test_hold_inside_a_hold_that_could_only_wait_for_itself_is_refused(house):
    async with house.memory.hold("A"):
        with pytest.raises(BudgetError, match="'A', 'B', 'C' must be in memory together"):
            await house.visit("B", "C")


async def test_cancelled_waiter_lets_the_next_one_through(house):
    first = Holder(house, "A")
    await first.entered()
    large, small = Holder(house, "B", "C"), Holder(house, "B")
    await settle()
    large.task.cancel()
    await small.entered()
    assert house.leases("C") == 0
    await asyncio.gather(first.end(), small.end())


async def test_failed_load_brings_the_former_residents_back(house):
    await house.visit("A", "B")
    house.modules["C"].broken = True
    with pytest.raises(CheckpointError, match="'C' is damaged"):
        await house.visit("A", "C")
    assert house.memory.resident() == ("A", "B")
    assert set(house.device.loaded) == {"A", "B"}
    assert [house.leases(name) for name in "ABC"] == [0, 0, 0]
    assert house.memory.ledger.reserved == 0


async def test_failed_load_unloads_what_came_in_before_it(house):
    house.modules["B"].broken = True
    with pytest.raises(CheckpointError):
        await house.visit("A", "B")
    assert house.device.log == ["+A", "+B", "-A", "-B"]
    assert house.memory.ledger.snapshot().room == 8 * MIB


async def test_failed_backbone_can_be_loaded_again(house):
    body = house.add("body", 4, SwapPriority.BACKBONE)
    body.broken = True
    with pytest.raises(CheckpointError):
        await house.visit("body")
    body.broken = False
    await house.visit("body")
    assert house.memory.resident() == ("body",)


async def test_former_resident_that_cannot_come_back_is_named(house):
    await house.visit("A", "B")
    house.modules["A"].broken = house.modules["C"].broken = True
    with pytest.raises(CheckpointError, match="'C' is damaged") as caught:
        await house.visit("C")
    assert any("'A' had been evicted" in note for note in caught.value.__notes__)
    assert house.memory.resident() == ("B",)
    assert set(house.device.loaded) == {"B"}


async def test_cancelled_load_ends_in_its_thread_and_leaves_nothing(house):
    gate = house.modules["A"].gate = threading.Event()
    holder = Holder(house, "A")
    await house.until_begun("A")
    holder.task.cancel()
    await settle()
    assert not holder.task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await holder.task
    assert house.device.log == ["+A", "-A"]
    assert house.memory.ledger.snapshot().room == 8 * MIB
    await house.visit("A")


async def test_timed_out_step_keeps_its_lease_until_its_thread_ends(house):
    begun, may_end = threading.Event(), threading.Event()

    def compute() -> None:
        begun.set()
        assert may_end.wait(10)

    async def step() -> None:
        async with house.memory.hold("A"):
            await run_blocking(compute)

    task = asyncio.create_task(step())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await settle()
    assert house.leases("A") == 1
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert house.leases("A") == 0


async def test_lease_comes_back_when_the_body_raises(house):
    with pytest.raises(ZeroDivisionError):
        async with house.memory.hold("A"):
            raise ZeroDivisionError
    assert house.leases("A") == 0


async def test_report_tells_what_moved_since_its_mark(house):
    await house.visit("A", "B")
    mark = house.memory.mark()
    await house.visit("C")
    report = house.memory.report(mark, samples=[{"label": "end"}])
    assert (report.loads, report.evictions, report.bytes_in, report.bytes_freed) == (1, 1, 4 * MIB, 4 * MIB)
    assert (report.policy, report.resident, report.peak_committed) == ("dynamic_swap", ("B", "C"), 8 * MIB)
    assert report.tiers[0].committed == 8 * MIB
    assert report.rss > MIB
    assert report.samples == ({"label": "end"},)


async def test_moves_are_published_with_their_size(house):
    news = house.events.subscribe()
    await house.visit("A", "B")
    await house.visit("C")
    heard = [(event.kind, event.name, event.bytes) for event in news.drain()]
    assert heard[2:] == [(MODULE_EVICTED, "A", 4 * MIB), (MODULE_LOADED, "C", 4 * MIB)]


async def test_close_waits_for_leases_then_unloads_even_the_backbone(house):
    house.add("body", 4, SwapPriority.BACKBONE)
    holder = Holder(house, "body")
    await holder.entered()
    closing = asyncio.create_task(house.memory.close())
    await settle()
    assert "body" in house.device.loaded
    await holder.end()
    await closing
    assert house.device.loaded == {}


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


async def test_policy_that_evicts_what_it_may_not_is_stopped(house):
    class Greedy:
        name = "greedy"

        def victims(self, snapshot, needed):
            return ("A",)

    holder = Holder(house, "A")
    await holder.entered()
    house.memory.policy = Greedy()
    with pytest.raises(RuntimeError, match="'greedy'"):
        await house.visit("B")
    assert "A" in house.device.loaded
    await holder.end()


async def test_policy_that_frees_too_little_is_refused_rather_than_waited_for(house):
    class Timid:
        name = "timid"

        def victims(self, snapshot, needed):
            return ()

    await house.visit("A", "B")
    house.memory.policy = Timid()
    with pytest.raises(BudgetError, match="'timid' frees too little for 'C'"):
        await asyncio.wait_for(house.visit("C"), 10)


async def test_who_knows_only_the_residency_protocol_can_hold_modules(house):
    async def phase(residency: Residency) -> tuple[str, ...]:
        async with residency.hold("A", "B"):
            return tuple(house.device.loaded)

    assert await phase(house.memory) == ("A", "B")
    assert signature(type(house.memory).hold).parameters.keys() == signature(Residency.hold).parameters.keys()
