"""The latch between two steps."""

import asyncio

import pytest

from redheart.errors import StepTimeoutError
from redheart.pipeline.barrier import StepBarrier


async def ends_at_once(barrier: StepBarrier) -> bool:
    """True if a wait without any patience ends; False if it names who is late."""
    try:
        await barrier.wait(0)
    except StepTimeoutError:
        return False
    return True


async def test_wait_ends_only_when_all_have_arrived():
    barrier = StepBarrier("read", ["a", "b"])
    waiter = asyncio.create_task(barrier.wait(30))
    barrier.arrive("a")
    await asyncio.sleep(0)
    assert not waiter.done()
    barrier.arrive("b")
    await waiter
    assert barrier.late == frozenset()


async def test_open_barrier_stays_open():
    barrier = StepBarrier("read", ["a"])
    barrier.arrive("a")
    for _ in range(2):
        assert await ends_at_once(barrier)


async def test_barrier_that_expects_nobody_is_open():
    assert await ends_at_once(StepBarrier("read", []))
    assert not await ends_at_once(StepBarrier("read", ["a"]))


async def test_late_tasks_are_named_with_the_step_and_the_mend():
    barrier = StepBarrier("read", ["a", "b", "c"])
    barrier.arrive("b")
    with pytest.raises(StepTimeoutError, match=r"'read': still waiting for \['a', 'c'\] after 0 s.*step_timeout_s"):
        await barrier.wait(0)


async def test_arriving_twice_does_not_stand_for_another_task():
    barrier = StepBarrier("read", ["a", "b"])
    barrier.arrive("a")
    barrier.arrive("a")
    assert barrier.late == {"b"}


async def test_stranger_is_refused():
    with pytest.raises(ValueError, match="'x' is not among the expected"):
        StepBarrier("read", ["a"]).arrive("x")


async def test_cancelled_waiter_leaves_the_barrier_to_the_others():
    barrier = StepBarrier("read", ["a"])
    first, second = asyncio.create_task(barrier.wait(30)), asyncio.create_task(barrier.wait(30))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled() and not second.done()
    barrier.arrive("a")
    await second
    assert barrier.late == frozenset()


async def test_timed_out_wait_can_be_repeated_and_then_succeed():
    barrier = StepBarrier("read", ["a"])
    assert not await ends_at_once(barrier)
    barrier.arrive("a")
    assert await ends_at_once(barrier)
