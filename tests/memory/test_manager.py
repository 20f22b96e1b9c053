"""Holding modules: admission, waiting, joining, failure, cancellation, the way back."""

import asyncio
import os
import threading
from inspect import signature

import pytest
from fake_modules import Holder, House, NoThreads, passed, settle

from redheart.blocking import run_blocking
from redheart.errors import BudgetError, CheckpointError, ConfigError
from redheart.events import MODULE_EVICTED, MODULE_LOADED
from redheart.memory.budgets import MIB
from redheart.memory.policies import POLICIES
from redheart.memory.states import Piece
from redheart.types.residency import Residency, SwapPriority, Work

# -- admission --------------------------------------------------------------------------------------------------------


async def test_held_modules_are_resident_and_leased_only_inside(house):
    async with house.memory.hold("A", "B"):
        assert house.inside() == "AB"
        assert (house.leases("A"), house.leases("B")) == (1, 1)
    house.check_at_rest()
    assert house.memory.resident() == ("A", "B")


async def test_nothing_is_loaded_before_it_is_first_held(house):
    await settle()
    assert (house.log, house.device.truth()) == ([], 0)


async def test_warm_module_is_not_loaded_again(house):
    await house.visit("A")
    await house.visit("A")
    assert house.log == ["+A"]


async def test_warm_hold_asks_no_thread_for_anything(house):
    await house.visit("A", "B")
    asyncio.get_running_loop().set_default_executor(NoThreads(1))
    await house.visit("A", "B")
    await house.visit("B")


async def test_room_is_made_before_a_load(house):
    for name in "ABC":
        await house.visit(name)
    assert house.log == ["+A", "+B", "-A", "+C"]


async def test_only_the_chunks_that_must_leave_do_and_only_they_come_back():
    house = House(8)
    house.add("A", 2, 2, 2)
    house.add("B", 2, 2)
    await house.visit("A")
    await house.visit("B")
    assert house.residents() == {Piece("A", 0), Piece("A", 1), Piece("B", 0), Piece("B", 1)}
    await house.visit("A")
    assert house.modules["A"].loads == {0: 1, 1: 1, 2: 2}
    house.check_at_rest()


async def test_who_is_held_holds_what_it_requires_too():
    house = House(8)
    house.add("A", 4)
    house.add("B", 2, requires=["A"])
    async with house.memory.hold("B"):
        assert (house.inside(), house.leases("A")) == ("AB", 1)
    house.check_at_rest()


async def test_set_is_refused_when_what_it_requires_does_not_fit_beside_it():
    house = House(8)
    house.add("A", 6)
    house.add("B", 4, requires=["A"])
    with pytest.raises(BudgetError, match=r"'A', 'B' must be in memory together: 10\.0 MiB"):
        await house.visit("B")
    assert house.log == []


async def test_module_larger_than_the_budget_is_refused_with_both_sizes(house):
    house.add("huge", 9)
    with pytest.raises(BudgetError, match=r"9\.0 MiB.*budget is 8\.0 MiB.*memory\.host_budget_mib"):
        await house.visit("huge")


async def test_set_that_fits_only_in_parts_is_refused(house):
    with pytest.raises(BudgetError, match=r"12\.0 MiB"):
        await house.visit("A", "B", "C")
    assert house.log == []


async def test_resident_backbone_counts_against_what_can_ever_fit(house):
    house.add("body", 5, priority=SwapPriority.BACKBONE)
    await house.visit("body")
    with pytest.raises(BudgetError, match=r"'A', 'body'.*9\.0 MiB"):
        await house.visit("A")


async def test_unknown_name_is_refused_before_anything_moves(house):
    with pytest.raises(ConfigError, match=r"unknown module 'D'. Registered: A, B, C"):
        await house.visit("A", "D")
    assert house.log == []


async def test_direct_refuses_what_does_not_fit_beside_the_residents():
    house = House(8, "direct")
    for name in "ABC":
        house.add(name, 4)
    await house.visit("A", "B")
    with pytest.raises(BudgetError, match="never evicts"):
        await house.visit("C")
    assert house.memory.resident() == ("A", "B")


async def test_first_load_is_told_of_once_just_before_it():
    house = House(8)
    house.add("A", 4)
    house.add("B", 4)
    await house.visit("A")
    await house.visit("B")
    assert house.before_first_load == [[]]


# -- what stays -------------------------------------------------------------------------------------------------------


async def test_without_keep_warm_idle_modules_leave_but_the_backbone_stays():
    house = House(8, keep_warm=False)
    house.add("body", 4, priority=SwapPriority.BACKBONE)
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


# -- working memory ---------------------------------------------------------------------------------------------------


async def test_work_is_set_aside_while_it_is_held(house):
    async with house.memory.hold("A", work=Work(fixed=MIB, each=MIB, items=2)) as grant:
        assert (grant.items, house.ledger.account.lines) == (2, {"work": 3 * MIB})
    assert house.ledger.account.lines == {}


async def test_idle_modules_make_room_for_work(house):
    await house.visit("A", "B")
    async with house.memory.hold("A", work=Work(fixed=3 * MIB)):
        assert house.inside() == "A"
        assert house.ledger.account.room >= 0


async def test_module_brings_its_own_working_memory_where_none_is_named():
    house = House(8)
    house.add("A", 4, work_mib=3)
    async with house.memory.hold("A"):
        assert house.ledger.account.lines == {"work": 3 * MIB}


async def test_work_is_halved_until_it_fits(house):
    async with house.memory.hold("A", work=Work(each=MIB, items=16)) as grant:
        assert grant.items == 4
        assert house.ledger.account.room >= 0
    assert house.memory.journal.counts["halve"] == 1


async def test_work_waits_for_the_leases_of_others_rather_than_to_be_halved(house):
    first = Holder(house, "B")
    await first.entered()
    second = Holder(house, "A", work=Work(each=MIB, items=4))
    await settle()
    assert second.waits
    await first.end()
    await second.entered()
    assert second.grant.items == 4
    await second.end()


async def test_work_that_does_not_fit_even_one_by_one_is_refused(house):
    with pytest.raises(BudgetError, match=r"with 5\.0 MiB to work in"):
        await house.visit("A", work=Work(each=5 * MIB, items=8))


# -- others on the machine --------------------------------------------------------------------------------------------


async def test_memory_of_another_process_is_budgeted_around(house):
    await house.visit("A", "B")
    house.memory.register_external(os.getppid(), "other", 2 * MIB)
    await house.visit("B")
    assert house.ledger.account.room >= 0
    assert house.inside() == "B"
    with pytest.raises(BudgetError, match=r"beside 2\.0 MiB for 'external:other'"):
        await house.visit("A", "B")


# -- waiting ----------------------------------------------------------------------------------------------------------


async def test_hold_waits_for_the_leases_of_others_and_then_enters(house):
    first = Holder(house, "A", "B")
    await first.entered()
    second = Holder(house, "C")
    await settle()
    assert second.waits
    await first.end()
    await second.entered()
    await second.end()
    assert house.memory.journal.counts["wait"] == 1


async def test_waiters_are_served_first_come_first_served(house):
    await house.visit("B")
    first = Holder(house, "A")
    await first.entered()
    large, small = Holder(house, "B", "C"), Holder(house, "B")
    await settle()
    assert small.waits  # though B is resident and idle: the large one would starve
    await first.end()
    await large.entered()
    await asyncio.gather(large.end(), small.entered())
    await small.end()


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
    house.check_at_rest()


# -- failure ----------------------------------------------------------------------------------------------------------


async def test_failed_load_brings_the_former_residents_back(house):
    await house.visit("A", "B")
    house.modules["C"].broken = True
    with pytest.raises(CheckpointError, match="'C' is damaged"):
        await house.visit("A", "C")
    assert house.memory.resident() == ("A", "B")
    assert house.memory.journal.counts["rollback"] == 1
    house.check_at_rest()


async def test_failed_load_unloads_what_came_in_before_it(house):
    house.modules["B"].broken = True
    with pytest.raises(CheckpointError):
        await house.visit("A", "B")
    assert house.log == ["+A", "+B", "-A", "-B"]
    house.check_at_rest()


async def test_failed_backbone_can_be_loaded_again(house):
    body = house.add("body", 4, priority=SwapPriority.BACKBONE)
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
    assert house.inside() == "B"
    house.check_at_rest()


async def test_lease_comes_back_when_the_body_raises(house):
    with pytest.raises(ZeroDivisionError):
        async with house.memory.hold("A"):
            raise ZeroDivisionError
    house.check_at_rest()


# -- cancellation, threads --------------------------------------------------------------------------------------------


async def test_cancelled_load_ends_in_its_thread_and_leaves_nothing(house):
    gate = house.gate("A")
    holder = Holder(house, "A")
    await passed(gate)
    holder.task.cancel()
    await settle()
    assert not holder.task.done()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await holder.task
    assert house.log == ["+A", "-A"]
    house.check_at_rest()
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
    house.check_at_rest()


async def test_modules_are_moved_off_the_event_loop(house):
    for name in "ABC":
        await house.visit(name)
    assert house.threads
    assert threading.get_ident() not in house.threads


# -- telling ----------------------------------------------------------------------------------------------------------


async def test_report_tells_what_moved_since_its_mark(house):
    await house.visit("A", "B")
    mark = house.memory.mark()
    await house.visit("C")
    report = house.memory.report(mark, samples=[{"label": "end"}])
    assert (report.loads, report.evictions, report.bytes_in, report.bytes_freed) == (1, 1, 4 * MIB, 4 * MIB)
    assert (report.policy, report.resident, report.peak_committed) == ("dynamic_swap", ("B", "C"), 8 * MIB)
    assert (report.tiers[0].committed, report.tiers[0].measured) == (8 * MIB, 8 * MIB)
    assert report.rss > MIB
    assert report.samples == ({"label": "end"},)


async def test_moves_are_published_with_their_size(house):
    news = house.events.subscribe()
    await house.visit("A", "B")
    await house.visit("C")
    moves = (MODULE_LOADED, MODULE_EVICTED)
    heard = [(event.kind, event.name, event.bytes) for event in news.drain() if event.kind in moves]
    assert heard[2:] == [(MODULE_EVICTED, "A", 4 * MIB), (MODULE_LOADED, "C", 4 * MIB)]


async def test_journal_tells_who_left_for_whom(house):
    for name in "ABC":
        await house.visit(name)
    (load, evict) = house.memory.journal.about("A")
    assert (load.kind, evict.kind, evict.nbytes, evict.chunks) == ("load", "evict", 4 * MIB, (0,))
    assert "'C'" in evict.reason
    assert "evicted" in house.memory.explain("A")


# -- policies that err, callers that know only the protocol -----------------------------------------------------------


async def test_policy_that_evicts_what_it_may_not_is_stopped(house, monkeypatch):
    class Greedy:
        name = "greedy"

        def victims(self, snapshot, needed, shortage):
            return (Piece("A", 0),)

    monkeypatch.setitem(POLICIES, "dynamic_swap", Greedy)
    holder = Holder(house, "A")
    with pytest.raises(RuntimeError, match="'greedy'"):
        await holder.entered()
    assert house.log == []


async def test_policy_that_frees_too_little_is_refused_rather_than_waited_for(house, monkeypatch):
    class Timid:
        name = "timid"

        def victims(self, snapshot, needed, shortage):
            return ()

    monkeypatch.setitem(POLICIES, "dynamic_swap", Timid)
    await house.visit("A", "B")
    with pytest.raises(BudgetError, match="'timid' frees too little for 'C'"):
        await asyncio.wait_for(house.visit("C"), 10)


async def test_who_knows_only_the_residency_protocol_can_hold_modules(house):
    async def phase(residency: Residency) -> str:
        async with residency.hold("A", "B"):
            return house.inside()

    assert await phase(house.memory) == "AB"
    assert signature(type(house.memory).hold).parameters.keys() == signature(Residency.hold).parameters.keys()
