"""Loads that others join, and holders who compute while their last chunks are on their way."""

import asyncio

import pytest
from fake_modules import Holder, House, passed, settle

from redheart.blocking import run_blocking
from redheart.errors import CheckpointError
from redheart.memory.budgets import MIB

# -- joined loads -----------------------------------------------------------------------------------------------------


async def test_second_holder_joins_a_load_in_flight():
    house = House(8)
    house.add("A", 2, 2)
    gate = house.gate("A", 1)
    first, second = Holder(house, "A"), Holder(house, "A")
    await passed(gate)
    assert first.waits and second.waits
    gate.open()
    await asyncio.gather(first.entered(), second.entered())
    assert house.modules["A"].loads == {0: 1, 1: 1}
    assert house.leases("A") == 2
    await asyncio.gather(first.end(), second.end())
    house.check_at_rest()


async def test_holder_joins_a_load_that_others_need_only_in_part(house):
    gate = house.gate("A")
    first, second = Holder(house, "A"), Holder(house, "A", "B")
    await passed(gate)
    gate.open()
    await asyncio.gather(first.entered(), second.entered())
    assert house.log == ["+A", "+B"]
    await asyncio.gather(first.end(), second.end())


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tower():
    """A of three chunks, of which the last is kept back; B beside it."""
    house = House(8)
    house.add("A", 1, 1, 1)
    house.add("B", 2)
    house.gate("A", 2)
    return house


async def test_streaming_holder_computes_while_the_last_chunk_is_on_its_way(tower):
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    await passed(tower.gate("A", 2))
    module = tower.modules["A"]
    assert await run_blocking(module.touch, 0) == module.master(0)
    assert module.filled == {0, 1}
    tower.gate("A", 2).open()
    assert await run_blocking(module.touch, 2) == module.master(2)
    await holder.end()
    tower.check_at_rest()


async def test_second_streaming_holder_joins_the_stream(tower):
    first = Holder(tower, "A", stream=True)
    await first.entered()
    second = Holder(tower, "A", stream=True)
    await second.entered()
    assert tower.leases("A") == 2
    tower.gate("A", 2).open()
    await asyncio.gather(first.end(), second.end())
    assert tower.modules["A"].loads == {0: 1, 1: 1, 2: 1}
    tower.check_at_rest()


async def test_holder_who_does_not_stream_waits_for_the_last_chunk(tower):
    first = Holder(tower, "A", stream=True)
    await first.entered()
    second = Holder(tower, "A")
    await settle()
    assert second.waits
    tower.gate("A", 2).open()
    await second.entered()
    await asyncio.gather(first.end(), second.end())
    assert tower.modules["A"].loads == {0: 1, 1: 1, 2: 1}


async def test_streaming_holder_who_leaves_early_keeps_his_lease_until_the_stream_ends(tower):
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    holder.let_go.set()
    await settle()
    assert tower.leases("A") == 1
    tower.gate("A", 2).open()
    await holder.task
    tower.check_at_rest()


async def test_cancelled_streaming_holder_leaves_the_stream_whole(tower):
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    holder.task.cancel()
    await settle()
    assert not holder.task.done()
    tower.gate("A", 2).open()
    with pytest.raises(asyncio.CancelledError):
        await holder.task
    tower.check_at_rest()
    await tower.visit("A", "B")


async def test_who_touches_a_chunk_that_failed_hears_of_it(tower):
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    await passed(tower.gate("A", 2))
    tower.modules["A"].broken = True
    tower.gate("A", 2).open()
    with pytest.raises(CheckpointError, match="'A' is damaged"):
        await run_blocking(tower.modules["A"].touch, 2)
    with pytest.raises(CheckpointError, match="'A' is damaged"):
        await holder.end()
    tower.check_at_rest()


async def test_module_whose_stream_failed_is_brought_again_by_the_next_hold(tower):
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    tower.modules["A"].broken = True
    tower.gate("A", 2).open()
    await asyncio.wait((holder.grant.stream,))
    tower.modules["A"].broken = False
    next_one = Holder(tower, "A")
    await next_one.entered()
    assert tower.inside() == "A"
    with pytest.raises(CheckpointError, match="'A' is damaged"):
        await holder.end()
    await next_one.end()
    tower.check_at_rest()


async def test_failed_stream_brings_the_former_residents_back():
    house = House(4)
    house.add("A", 2, 2)
    house.add("B", 4)
    await house.visit("A")
    house.modules["B"].broken = True
    with pytest.raises(CheckpointError, match="'B' is damaged"):
        await house.visit("B", stream=True)
    assert house.inside() == "A"
    house.check_at_rest()


async def test_failed_stream_is_not_told_to_a_holder_of_other_modules(tower):
    await tower.visit("B")
    holder = Holder(tower, "A", stream=True)
    await holder.entered()
    bystander = Holder(tower, "B", stream=True)
    await passed(tower.gate("A", 2))
    tower.modules["A"].broken = True
    tower.gate("A", 2).open()
    with pytest.raises(CheckpointError, match="'A' is damaged"):
        await holder.end()
    await bystander.entered()
    await bystander.end()


async def test_module_that_cannot_be_read_in_parts_is_not_streamed():
    house = House(8)
    house.add("A", 2, 2, separable=False)
    gate = house.gate("A", 1)
    holder = Holder(house, "A", stream=True)
    await passed(gate)
    assert holder.waits
    gate.open()
    await holder.entered()
    await holder.end()
    assert house.modules["A"].bytes_read == 4 * MIB


async def test_closing_manager_lets_nobody_join_a_stream(tower):
    holder = Holder(tower, "A", stream=True)
    await passed(tower.gate("A", 2))
    closing = asyncio.create_task(tower.memory.close())
    await settle()
    late = Holder(tower, "A", stream=True)
    await settle()
    assert not late.inside.is_set()
    tower.gate("A", 2).open()
    with pytest.raises(RuntimeError, match="closed"):
        await late.task
    await holder.end()
    await closing
    assert tower.device.truth() == 0
