"""News from below to whoever listens: bounded, drops the oldest, never blocks the publisher."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from dataclasses import dataclass

PHASE_STARTED = "phase_started"
PHASE_FINISHED = "phase_finished"
MODULE_LOADED = "module_loaded"
MODULE_EVICTED = "module_evicted"
TASK_FINISHED = "task_finished"
MEMORY_PRESSURE = "memory_pressure"
MEMORY_RELIEVED = "memory_relieved"


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news: `kind` is one of the constants above, `name` the phase, module or task it speaks of."""

    kind: str
    name: str
    seconds: float | None = None
    bytes: int | None = None
    tasks: int | None = None


class Subscription:
    """What one listener has not read yet: an async iterator of events, newest kept. `dropped` counts the lost ones."""

    def __init__(self, bus: EventBus, capacity: int) -> None:
        self.dropped = 0
        self._bus = bus
        self._capacity = capacity
        self._unread: deque[Event] = deque()
        self._closed = False
        self._lock = threading.Lock()
        self._readers: list[asyncio.Future[None]] = []

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while True:
            with self._lock:
                if self._unread:
                    return self._unread.popleft()
                if self._closed:
                    raise StopAsyncIteration
                reader = asyncio.get_running_loop().create_future()
                self._readers.append(reader)
            await reader

    def drain(self) -> list[Event]:
        """Everything unread, oldest first, without waiting."""
        with self._lock:
            events = list(self._unread)
            self._unread.clear()
        return events

    def close(self) -> None:
        """Hear no more. What is unread can still be read, then the iteration ends."""
        self._bus.forget(self)
        with self._lock:
            self._closed = True
            readers = self._take_readers()
        _wake(readers)

    def offer(self, event: Event) -> None:
        """Keep one event, from any thread; drops the oldest if full."""
        with self._lock:
            if len(self._unread) == self._capacity:
                self._unread.popleft()
                self.dropped += 1
            self._unread.append(event)
            readers = self._take_readers()
        _wake(readers)

    def _take_readers(self) -> list[asyncio.Future[None]]:
        readers, self._readers = self._readers, []
        return readers


class EventBus:
    """Passes every event to every subscription. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()

    def publish(self, event: Event) -> None:
        """Tell every listener; returns at once."""
        for subscription in self._subscriptions:
            subscription.offer(event)

    def subscribe(self, capacity: int = 256) -> Subscription:
        """Listen from now on, keeping at most `capacity` unread events (>= 1)."""
        if capacity < 1:
            raise ValueError(f"a subscription of capacity {capacity} can keep nothing. Use 1 or more.")
        subscription = Subscription(self, capacity)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Stop telling this listener."""
        with self._lock:
            self._subscriptions = tuple(kept for kept in self._subscriptions if kept is not subscription)


def _wake(readers: list[asyncio.Future[None]]) -> None:
    for reader in readers:
        # The reader's loop may have ended; then there is nobody left to wake, and the publisher must not suffer.
        with contextlib.suppress(RuntimeError):
            reader.get_loop().call_soon_threadsafe(_resolve, reader)


def _resolve(reader: asyncio.Future[None]) -> None:
    if not reader.done():
        reader.set_result(None)
