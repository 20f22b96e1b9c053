"""Work on threads, and what a cancelled caller may not leave behind."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from redheart.blocking import run_blocking, settled, until_done

LABEL: ContextVar[str] = ContextVar("label", default="none")


class Gate:
    """A thread that has begun, and ends only when told to."""

    def __init__(self) -> None:
        self.begun, self.may_end, self.ended = threading.Event(), threading.Event(), threading.Event()

    def work(self) -> str:
        self.begun.set()
        assert self.may_end.wait(10)
        self.ended.set()
        return "done"

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 10)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.may_end.set()


async def test_result_and_arguments_pass_through():
    assert await run_blocking(divmod, 17, 5) == (3, 2)


async def test_error_of_the_thread_is_raised():
    with pytest.raises(ZeroDivisionError):
        await run_blocking(divmod, 1, 0)


async def test_work_leaves_the_event_loop_thread():
    assert await run_blocking(threading.get_ident) != threading.get_ident()


async def test_context_variables_reach_the_thread():
    LABEL.set("inside")
    assert await run_blocking(LABEL.get) == "inside"


async def test_cancelled_caller_leaves_only_when_the_thread_has_ended(gate):
    caller = asyncio.create_task(run_blocking(gate.work))
    await gate.until_begun()
    for _ in range(3):  # also a second and third cancellation
        caller.cancel()
        await asyncio.sleep(0)
    assert not caller.done()
    gate.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert gate.ended.is_set()


async def test_timeout_is_raised_after_the_thread_has_ended(gate):
    async def impatient() -> None:
        async with asyncio.timeout(None) as limit:
            limits.append(limit)
            await run_blocking(gate.work)

    limits: list[asyncio.Timeout] = []
    caller = asyncio.create_task(impatient())
    await gate.until_begun()
    limits[0].reschedule(asyncio.get_running_loop().time())
    asyncio.get_running_loop().call_later(0.01, gate.may_end.set)
    with pytest.raises(TimeoutError):
        await caller
    assert gate.ended.is_set()


def test_loop_that_shuts_down_waits_for_the_thread(gate):
    async def main() -> None:
        tasks.append(asyncio.create_task(run_blocking(gate.work)))
        await gate.until_begun()
        asyncio.get_running_loop().call_soon(gate.may_end.set)

    tasks: list[asyncio.Task[str]] = []
    asyncio.run(main())  # leaves the task open: asyncio.run cancels it
    assert tasks[0].cancelled()
    assert gate.ended.is_set()


async def test_error_of_the_thread_is_the_cause_of_a_cancellation():
    future = asyncio.get_running_loop().create_future()
    caller = asyncio.create_task(until_done(future))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    future.set_exception(ValueError("half a file"))
    with pytest.raises(asyncio.CancelledError) as caught:
        await caller
    assert isinstance(caught.value.__cause__, ValueError)


async def test_settled_waits_for_a_cancelled_future_without_being_cancelled():
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await settled(future)
