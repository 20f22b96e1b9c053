"""Blocking work off the event loop. A cancelled caller leaves only when the worker thread has really ended."""

import asyncio
import contextvars
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def run_blocking(function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Run `function(*args)` on a worker thread. Raises what it raises; CancelledError only after the thread ended."""
    # A plain future, not a task: a loop that is shutting down cancels tasks, and would abandon the thread.
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()
    return await until_done(loop.run_in_executor(None, lambda: context.run(function, *args)))


async def until_done(future: asyncio.Future[T]) -> T:
    """Result of `future`. If the caller is cancelled meanwhile, wait for the end all the same, then re-raise that."""
    await settled(future)
    return future.result()


async def settled(future: asyncio.Future[T]) -> None:
    """Return once `future` is done, whatever came of it. The caller's own cancellation is raised only then."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait((future,))  # unlike a plain await, passes no cancellation on
        except asyncio.CancelledError as error:
            cancelled = error
    outcome = None if future.cancelled() else future.exception()  # looked at, so that asyncio does not complain of it
    if cancelled is not None:
        raise cancelled from outcome
