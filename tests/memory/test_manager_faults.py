"""What goes wrong at any one point, and what is left then: a true ledger, no lease, the former residents."""

import asyncio
import itertools

import pytest
from fake_modules import Holder, House, settle, without_threads

from redheart.errors import OutOfMemoryError
from redheart.memory.budgets import MIB
from redheart.memory.plan import Step
from redheart.memory.states import Piece
from redheart.memory.tiers.simulated import OPERATIONS
from redheart.types.residency import SwapPriority, Work

# -- one fault, at every point in turn -------------------------------------------------------------------------------


async def furnished() -> House:
    """A and B are in; C and D need their room; E is what the plan needs after them."""
    without_threads()
    house = House(11)
    for name in "ABCD":
        house.add(name, 2, 2)
    house.add("E", 1, 1)
    await house.visit("A", "B")
    steps = [Step("first", frozenset("AB")), Step("second", frozenset("CD")), Step("third", frozenset("E"))]
    house.memory.follow(house.memory.cycle(steps))
    return house


async def held(house: House) -> None:
    async with house.memory.hold("C", "D"):
        await settle(60)  # the prefetch runs


async def streamed(house: House) -> None:
    async with house.memory.hold("C", "D", stream=True):
        await settle(60)


async def swapped(house: House) -> None:
    await house.memory.synchronous_swap("second")
    await settle(60)


SCENARIOS = [held, streamed, swapped]


def told(error: BaseException | None) -> str:
    """The notes of an error, and of what it came from."""
    notes: list[str] = []
    while error is not None:
        notes += getattr(error, "__notes__", [])
        error = error.__cause__
    return "\n".join(notes)


async def outcome(task: asyncio.Task[None]) -> BaseException | None:
    """What came of it, once nothing moves any more."""
    await asyncio.wait((task,))
    await settle(60)
    return asyncio.CancelledError() if task.cancelled() else task.exception()


async def next_holds_work(house: House) -> None:
    house.device.faults.clear()
    for names in ("E", "AB", "CD") if not house.lost else ("E",):
        async with house.memory.hold(*names):
            assert set(names) <= set(house.inside())
    await settle(60)
    house.check_at_rest()
    await house.memory.close()
    assert (house.device.truth(), house.ledger.committed) == (0, 0) or house.lost


async def test_undisturbed_scenarios_evict_load_prefetch_and_release():
    for scenario in SCENARIOS:
        house = await furnished()
        await scenario(house)
        assert house.modules["E"].filled == {0}
        assert house.memory.journal.counts["evict"] >= 2
        await next_holds_work(house)


async def points(scenario, operation) -> range:
    """Indices of an operation's calls while a scenario runs undisturbed."""
    house = await furnished()
    first = house.device.faults.calls[operation]
    await scenario(house)
    return range(first, house.device.faults.calls[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_after_one_fault_at_any_point_the_ledger_is_true_and_the_residents_are_back(scenario, operation):
    indices = await points(scenario, operation)
    assert len(indices) >= 3
    for index in indices:
        house = await furnished()
        former = house.residents()
        house.device.faults.fail(operation, index)
        error = await outcome(asyncio.create_task(scenario(house)))
        assert house.device.faults.struck[operation] == 1
        house.check_at_rest()
        missing = {piece.module for piece in former - house.residents()}
        assert error is None or all(f"'{name}' had been evicted" in told(error) for name in missing)
        await next_holds_work(house)


@pytest.mark.parametrize("operation", ["allocate", "copy", "read"])
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_after_lasting_faults_the_ledger_is_true_and_every_loss_is_told(scenario, operation):
    for index in await points(scenario, operation):
        house = await furnished()
        former = house.residents()
        house.device.faults.fail(operation, index, always=True)
        error = await outcome(asyncio.create_task(scenario(house)))
        house.check_at_rest()
        missing = {piece.module for piece in former - house.residents()}
        assert error is None or all(f"'{name}' had been evicted" in told(error) for name in missing)
        await next_holds_work(house)


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_cancelled_at_any_point_nothing_is_leased_or_promised(scenario):
    for turn in itertools.count():
        house = await furnished()
        task = asyncio.create_task(scenario(house))
        await settle(turn)
        running = not task.done()
        task.cancel()
        await outcome(task)
        house.check_at_rest()
        await next_holds_work(house)
        if not running:
            break
    assert turn > 10


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_cancelled_while_a_call_fails_the_ledger_is_true(scenario, operation):
    for index, delay in itertools.product(await points(scenario, operation), range(4)):
        house = await furnished()
        house.device.faults.fail(operation, index)
        task = asyncio.create_task(scenario(house))
        while not house.device.faults.struck[operation] and not task.done():
            await asyncio.sleep(0)
        await settle(delay)
        task.cancel()
        await outcome(task)
        house.check_at_rest()
        await next_holds_work(house)


async def test_memory_that_cannot_be_given_back_is_set_aside():
    house = await furnished()
    house.device.faults.fail_next("free")
    with pytest.raises(RuntimeError, match="fault of free"):
        await house.visit("C")
    assert 0 < house.device.truth() - house.ledger.committed <= house.lost
    assert house.ledger.account.room >= 0


# -- the ladder ------------------------------------------------------------------------------------------------------

RUNGS = [
    "release the prefetch",
    "release cached blocks",
    "evict idle chunks by plan",
    "evict idle AUXILIARY and TEMPORARY modules",
    "halve the work",
]


def rungs(house: House) -> list[str]:
    return [decision.reason.partition(":")[0] for decision in house.memory.journal if decision.kind == "rung"]


async def test_every_rung_is_tried_once_in_order_before_the_typed_error(house):
    await house.visit("A", "B")
    house.device.faults.fail_next("allocate", always=True)
    with pytest.raises(OutOfMemoryError, match="out of memory while 'C' was used") as caught:
        await house.visit("C", work=Work(each=MIB // 2, items=4))
    assert rungs(house) == RUNGS
    assert all(rung in str(caught.value) for rung in RUNGS)
    assert isinstance(caught.value.__cause__, OutOfMemoryError)
    house.check_at_rest()


async def test_first_rung_gives_up_what_came_ahead_of_time():
    house = House(12, device_mib=12)
    for name, mib in {"A": 4, "B": 2, "C": 4}.items():
        house.add(name, mib)
    house.memory.follow(house.memory.cycle([Step("a", frozenset("A")), Step("b", frozenset("B"))]))
    async with house.memory.hold("A"):
        while house.inside() != "AB":
            await asyncio.sleep(0)
        house.device.spike(4 * MIB)
        await house.visit("C")
        assert rungs(house) == RUNGS[:1]
        assert house.inside() == "AC"


async def test_second_rung_brings_scattered_memory_together():
    house = House(12, fragmentation=True)
    for name, mib in {"A": 3, "B": 3, "C": 6, "D": 7}.items():
        house.add(name, mib)
    holder = Holder(house, "B")
    await house.visit("A")
    await holder.entered()
    await house.visit("C")
    await house.visit("D")
    assert rungs(house) == RUNGS[:2]
    assert house.inside() == "BD"
    await holder.end()
    house.check_at_rest()


async def test_third_rung_evicts_idle_chunks_by_plan(house):
    await house.visit("A")
    house.device.spike(2 * MIB)
    await house.visit("B")
    assert rungs(house) == RUNGS[:3]
    assert house.inside() == "B"
    house.check_at_rest()


async def test_fourth_rung_evicts_what_is_expendable():
    house = House(12)
    for name in "xyz":
        house.add(name, 2, priority=SwapPriority.AUXILIARY)
        await house.visit(name)
    house.add("B", 2)
    house.device.spike(8 * MIB)
    await house.visit("B")
    assert rungs(house) == RUNGS[:4]
    assert house.inside() == "B"
    house.check_at_rest()


async def test_fifth_rung_halves_the_work_of_who_computes_and_then_it_is_over(house):
    async with house.memory.hold("A", work=Work(each=MIB, items=4)) as grant:
        await grant.relieve(MemoryError("too much at once"))
        assert (grant.items, rungs(house)) == (2, RUNGS)
        assert house.ledger.account.lines == {"work": 2 * MIB}
        with pytest.raises(OutOfMemoryError, match="too much at once"):
            await grant.relieve(MemoryError("too much at once"))
        assert rungs(house) == RUNGS
    house.check_at_rest()


async def test_who_computes_is_relieved_one_rung_at_a_time():
    house = House(12)
    house.add("A", 4)
    house.add("B", 4)
    await house.visit("B")
    async with house.memory.hold("A", work=Work(each=MIB, items=4)) as grant:
        await grant.relieve(MemoryError())
        assert (grant.items, rungs(house), house.inside()) == (4, RUNGS[:3], "A")
        await grant.relieve(MemoryError())
        assert (grant.items, rungs(house)) == (2, RUNGS)


async def test_leased_and_backbone_modules_stay_on_every_rung():
    house = House(12)
    house.add("body", 2, priority=SwapPriority.BACKBONE)
    for name in "AB":
        house.add(name, 2, priority=SwapPriority.TEMPORARY)
    await house.visit("body")
    holder = Holder(house, "A")
    await holder.entered()
    house.device.spike(8 * MIB)
    with pytest.raises(OutOfMemoryError):
        await house.visit("B")
    assert house.residents() == {Piece("body", 0), Piece("A", 0)}
    await holder.end()
    house.check_at_rest()


async def test_spike_that_goes_away_lets_the_next_hold_in(house):
    await house.visit("A", "B")
    house.device.spike(6 * MIB)
    with pytest.raises(OutOfMemoryError):
        await house.visit("C")
    house.check_at_rest()
    house.device.spike(0)
    await house.visit("C")
    await house.visit("A", "B")
    assert house.inside() == "AB"


async def test_fragmentation_heals_however_often_it_comes():
    house = House(12, fragmentation=True)
    for name, sizes in {"A": (1, 2), "B": (3, 1), "C": (5,), "D": (7, 1), "E": (11,)}.items():
        house.add(name, *sizes)
    for names in ("AB", "C", "AD", "B", "E", "AC", "D", "BC", "E") * 3:
        await house.visit(*names)
    house.check_at_rest()
