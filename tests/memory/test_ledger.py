"""Bookkeeping: what the ledger allows, what it refuses, what it counts."""

import pytest

from redheart.errors import BudgetError, ConfigError
from redheart.memory.ledger import Ledger
from redheart.types.residency import SwapPriority, Tier


@pytest.fixture
def ledger():
    ledger = Ledger(Tier.HOST, budget=100)
    ledger.register("body", SwapPriority.BACKBONE, 50)
    ledger.register("head", SwapPriority.SECONDARY, 30)
    ledger.register("extra", SwapPriority.AUXILIARY, 40)
    return ledger


def bring(ledger, *names):
    ledger.reserve(names)
    ledger.commit(names)


def test_reservation_is_promised_then_filled(ledger):
    ledger.reserve(["body"])
    assert (ledger.reserved, ledger.committed, ledger.resident()) == (50, 0, ())
    ledger.commit(["body"])
    assert (ledger.reserved, ledger.committed, ledger.resident()) == (0, 50, ("body",))


def test_reservation_that_does_not_fit_promises_nothing_at_all(ledger):
    with pytest.raises(BudgetError):
        ledger.reserve(["body", "head", "extra"])
    assert ledger.reserved == 0
    bring(ledger, "body", "head")


def test_reservation_counts_against_the_next_one(ledger):
    ledger.reserve(["body"])
    ledger.reserve(["head"])
    with pytest.raises(BudgetError):
        ledger.reserve(["extra"])


def test_unreserved_room_is_free_again(ledger):
    ledger.reserve(["body", "head"])
    ledger.unreserve(["body", "head"])
    assert ledger.snapshot().room == 100


def test_leased_module_is_not_evictable_until_its_last_user_is_gone(ledger):
    bring(ledger, "head")
    ledger.lease(["head"])
    ledger.lease(["head"])
    ledger.release(["head"])
    with pytest.raises(RuntimeError, match="not evictable"):
        ledger.evict("head")
    ledger.release(["head"])
    ledger.evict("head")
    assert ledger.committed == 0


def test_backbone_is_never_evictable_but_can_be_retired(ledger):
    bring(ledger, "body")
    with pytest.raises(RuntimeError, match="not evictable"):
        ledger.evict("body")
    ledger.retire("body")
    assert ledger.resident() == ()


def test_absent_module_cannot_be_leased_and_then_nothing_is(ledger):
    bring(ledger, "body")
    with pytest.raises(RuntimeError, match="'head' is not resident"):
        ledger.lease(["body", "head"])
    assert ledger["body"].leases == 0


def test_release_without_lease_is_refused(ledger):
    bring(ledger, "body")
    with pytest.raises(RuntimeError, match="not leased"):
        ledger.release(["body"])


def test_commit_without_reservation_is_refused(ledger):
    with pytest.raises(RuntimeError, match="not reserved"):
        ledger.commit(["body"])


def test_unknown_name_is_refused_with_the_known_ones(ledger):
    with pytest.raises(ConfigError, match=r"unknown module 'tail'. Registered: body, head, extra"):
        ledger.known(["head", "tail"])


def test_name_registered_twice_is_refused(ledger):
    with pytest.raises(ConfigError, match="'head' is already registered"):
        ledger.register("head", SwapPriority.PRIMARY, 1)


def test_counters_and_peak_say_what_moved_since_a_mark(ledger):
    bring(ledger, "body", "head")
    early = ledger.mark()
    ledger.evict("head")
    late = ledger.mark()
    bring(ledger, "extra")
    moved = ledger.counters.since(early.counters)
    assert (moved.loads, moved.evictions, moved.bytes_in, moved.bytes_freed) == (1, 1, 40, 30)
    assert (early.peak_committed, late.peak_committed, ledger.peak_committed) == (90, 90, 90)
    assert ledger.counters.since(late.counters).evictions == 0


def test_logical_clock_orders_uses(ledger):
    bring(ledger, "head", "extra")
    ledger.lease(["head"])
    assert ledger["head"].last_use > ledger["extra"].last_use


def test_modules_used_together_are_used_at_the_same_time(ledger):
    bring(ledger, "head", "extra")
    ledger.lease(["head", "extra"])
    assert ledger["head"].last_use == ledger["extra"].last_use
