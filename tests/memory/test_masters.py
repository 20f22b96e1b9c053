"""The host copies behind a device: made once, within their budget, locked where the machine allows."""

import logging

import pytest
import torch
from deferred_engine import KIB, Locks
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.memory.account import Account
from redheart.memory.tiers.masters import STAGING, Masters
from redheart.memory.tiers.pinning import HostMemory, StagingRing, page_rounded
from redheart.types.residency import Tier

SLOT = 16 * KIB
RING = 2 * SLOT


def masters(room: int, locks: Locks | None = None) -> Masters:
    """Room for `room` bytes of masters beside the ring."""
    return Masters(Account(Tier.PINNED, RING + room), locks or Locks(), SLOT)


def pattern(byte: int):
    """Writes that byte everywhere."""

    def read(view: memoryview) -> None:
        view[:] = bytes([byte]) * len(view)

    return read


def use(kept: Masters, chunk: int, nbytes: int = 8 * KIB, module: str = "m"):
    """Take and give back at once."""
    master = kept.take(module, chunk, nbytes, pattern(chunk))
    if master is not None:
        kept.give_back(master)
    return master


def refuse(view: memoryview) -> None:
    raise AssertionError("read a second time")


def test_a_master_is_read_and_locked_once() -> None:
    locks = Locks()
    kept = masters(64 * KIB, locks)
    first = use(kept, 7)
    again = kept.take("m", 7, 8 * KIB, refuse)
    assert first is again and locks.calls == 1
    assert bool((first.memory.tensor == 7).all())


def test_masters_lock_their_own_pages_and_no_power_of_two() -> None:
    kept = masters(1024 * KIB)
    for chunk in range(4):
        use(kept, chunk, 65 * KIB + 1)
    assert kept.locked_bytes == kept.booked_bytes == 4 * page_rounded(65 * KIB + 1)


def test_what_is_locked_was_written_before() -> None:
    seen: list[int] = []
    memory = HostMemory(5000)
    memory.tensor.fill_(3)
    memory.lock(lambda address, nbytes: seen.append(nbytes) or (lambda: None))
    assert (memory.locked, seen) == (True, [8192])


def test_memory_is_of_exact_size_and_unlocks_once() -> None:
    locks = Locks()
    memory = HostMemory(5000)
    assert (memory.tensor.shape, len(memory.view)) == (torch.Size([5000]), 5000)
    memory.lock(locks)
    memory.unlock()
    memory.unlock()
    assert not memory.locked and not locks.locked


def test_on_a_cycle_longer_than_the_budget_what_is_kept_stays() -> None:
    kept = masters(16 * KIB)
    for _ in range(3):
        found = [use(kept, chunk) is not None for chunk in range(3)]
    assert found == [True, True, False]


def test_the_least_recently_used_master_leaves_for_what_is_asked_for_again() -> None:
    locks = Locks()
    kept = masters(16 * KIB, locks)
    use(kept, 0), use(kept, 1)
    assert use(kept, 2) is None
    use(kept, 1)
    assert use(kept, 2) is not None
    assert kept.take("m", 1, 8 * KIB, refuse) is not None
    assert len(locks.locked) == 2


def test_a_master_in_use_never_leaves() -> None:
    kept = masters(8 * KIB)
    held = kept.take("m", 0, 8 * KIB, pattern(0))
    assert use(kept, 1) is None and use(kept, 1) is None
    kept.give_back(held)
    assert use(kept, 1) is not None


def test_nobody_leaves_for_a_chunk_that_does_not_fit_anyhow() -> None:
    kept = masters(8 * KIB)
    use(kept, 1, 12 * KIB), use(kept, 0)
    assert use(kept, 1, 12 * KIB) is None
    assert kept.take("m", 0, 8 * KIB, refuse) is not None


def test_a_read_that_fails_leaves_nothing_behind() -> None:
    locks = Locks()
    kept = masters(64 * KIB, locks)

    def fail(view: memoryview) -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        kept.take("m", 0, 8 * KIB, fail)
    assert (kept.booked_bytes, locks.calls) == (0, 0)
    assert use(kept, 0) is not None


def test_a_refused_lock_is_told_once_and_the_budget_becomes_plain_host_memory(caplog) -> None:
    kept = masters(64 * KIB, Locks(refuse_from=0))
    with caplog.at_level(logging.WARNING):
        found = [use(kept, chunk) for chunk in range(3)]
    assert len(caplog.records) == 1 and "refuses to lock" in caplog.text
    assert all(master is not None and not master.memory.locked for master in found)
    assert (kept.pinned.budget, kept.pinned.committed, kept.pinned.lines) == (0, 0, {})
    assert (kept.pageable.budget, kept.pageable.committed) == (RING + 64 * KIB, 24 * KIB)


def test_what_was_locked_before_a_refusal_stays_locked(caplog) -> None:
    kept = masters(64 * KIB, Locks(refuse_from=1))
    with caplog.at_level(logging.ERROR):
        first, second = use(kept, 0), use(kept, 1)
    assert (first.memory.locked, second.memory.locked) == (True, False)
    assert kept.pinned.committed == kept.pageable.committed == 8 * KIB
    assert kept.pinned.budget + kept.pageable.budget == RING + 64 * KIB


def test_a_ring_that_could_be_locked_stays_in_the_locked_account() -> None:
    kept = masters(64 * KIB, Locks(refuse_from=2))
    assert kept.ring.locked
    use(kept, 0)
    assert kept.pinned.lines == {STAGING: RING} and kept.pageable.lines == {}


def test_no_budget_locks_nothing_and_says_nothing(caplog) -> None:
    locks = Locks()
    kept = Masters(Account(Tier.PINNED, 0), locks, SLOT)
    with caplog.at_level(logging.WARNING):
        assert use(kept, 0) is None and not kept.ring.locked
    assert (locks.calls, caplog.records) == (0, [])


def test_a_chunk_larger_than_a_slot_passes_through_memory_of_its_own() -> None:
    kept = Masters(Account(Tier.PINNED, 0), Locks(), SLOT)
    passing = kept.take("m", 0, 3 * SLOT, pattern(5))
    assert kept.pageable.committed == 3 * SLOT
    kept.give_back(passing)
    assert kept.pageable.committed == 0 and kept.pageable.peak == 3 * SLOT


def test_a_forgotten_module_leaves_no_master_and_no_lock() -> None:
    locks = Locks()
    kept = masters(64 * KIB, locks)
    use(kept, 0, module="gone"), use(kept, 0, module="stays")
    kept.forget("gone")
    assert (len(locks.locked), kept.booked_bytes) == (1, 8 * KIB)
    assert kept.take("stays", 0, 8 * KIB, refuse) is not None


def test_a_master_in_use_is_not_forgotten() -> None:
    kept = masters(64 * KIB)
    kept.take("m", 0, 8 * KIB, pattern(0))
    with pytest.raises(RuntimeError, match="being copied from"):
        kept.forget("m")


def test_closing_unlocks_everything() -> None:
    locks = Locks()
    kept = masters(64 * KIB, locks)
    use(kept, 0)
    assert kept.ring.locked and len(locks.locked) == 3
    kept.close()
    assert locks.locked == {} and kept.booked_bytes == 0


def test_the_ring_gives_its_two_slots_in_turn() -> None:
    ring = StagingRing(SLOT, Locks())
    slots = [ring.take() for _ in range(4)]
    assert slots[0] is slots[2] and slots[1] is slots[3] and slots[0] is not slots[1]


asked = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40)


@settings(deadline=None)
@given(asked=asked, room=st.integers(0, 5), refuse_from=st.integers(0, 6))
def test_whatever_is_asked_for_the_books_are_true_and_the_bytes_right(asked, room, refuse_from) -> None:
    """Chunk c is (c + 1) pages; some are kept in use for a while."""
    locks = Locks(refuse_from)
    kept = masters(room * 8 * KIB, locks)
    held = []
    for chunk, keep in asked:
        master = kept.take("m", chunk, 4096 * (chunk + 1), pattern(chunk))
        if master is not None:
            assert bool((master.memory.tensor == chunk).all())
            held.append(master) if keep else kept.give_back(master)
        if len(held) > 2:
            kept.give_back(held.pop(0))
        here = sum(m.memory.size for m in held if m.passing)
        assert kept.locked_bytes == kept.pinned.committed
        assert kept.pinned.room >= 0 and kept.pageable.room + here >= 0
    for master in held:
        kept.give_back(master)
    kept.close()
    assert kept.booked_bytes == 0 and not locks.locked
