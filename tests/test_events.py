"""News from the publisher to its listeners."""

import asyncio
import threading

import pytest

from redheart.events import PHASE_STARTED, Event, EventBus


def event(number: int) -> Event:
    return Event(PHASE_STARTED, f"phase {number}")


def test_listener_hears_everything_in_order():
    bus = EventBus()
    listener = bus.subscribe()
    for number in range(3):
        bus.publish(event(number))
    assert listener.drain() == [event(0), event(1), event(2)]
    assert listener.drain() == []


def test_full_listener_loses_the_oldest_and_counts_them():
    bus = EventBus()
    slow, quick = bus.subscribe(capacity=2), bus.subscribe()
    for number in range(5):
        bus.publish(event(number))
    assert slow.drain() == [event(3), event(4)]
    assert (slow.dropped, quick.dropped) == (3, 0)
    assert len(quick.drain()) == 5


def test_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="capacity 0"):
        EventBus().subscribe(0)


def test_closed_listener_hears_no_more():
    bus = EventBus()
    listener = bus.subscribe()
    listener.close()
    bus.publish(event(1))
    assert listener.drain() == []


async def test_iteration_waits_for_news_from_another_thread():
    bus = EventBus()
    listener = bus.subscribe()
    reader = asyncio.create_task(anext(listener))
    await asyncio.sleep(0)
    assert not reader.done()
    await asyncio.to_thread(bus.publish, event(7))
    assert await reader == event(7)


async def test_iteration_gives_what_is_unread_and_then_ends_on_close():
    bus = EventBus()
    listener = bus.subscribe()
    bus.publish(event(1))
    listener.close()
    assert [heard async for heard in listener] == [event(1)]


async def test_close_wakes_a_waiting_reader():
    listener = EventBus().subscribe()

    async def read_all() -> list[Event]:
        return [heard async for heard in listener]

    reader = asyncio.create_task(read_all())
    await asyncio.sleep(0)
    listener.close()
    assert await reader == []


def test_publisher_does_not_suffer_from_a_reader_whose_loop_has_ended():
    bus = EventBus()
    listener = bus.subscribe()
    loop = asyncio.new_event_loop()
    reader = loop.create_task(anext(listener))
    loop.call_soon(loop.stop)
    loop.run_forever()
    reader.cancel()
    loop.run_until_complete(asyncio.gather(reader, return_exceptions=True))
    abandoned = listener._readers[0] if listener._readers else None
    loop.close()
    assert abandoned is not None
    bus.publish(event(1))
    assert listener.drain() == [event(1)]


def test_many_threads_may_publish_at_once():
    bus = EventBus()
    listener = bus.subscribe(capacity=100)
    threads = [threading.Thread(target=lambda: [bus.publish(event(i)) for i in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(listener.drain()) + listener.dropped == 400
