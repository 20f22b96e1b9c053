"""Bookkeeping: what the ledger allows, what it refuses, what it counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import BudgetError, ConfigError
from redheart.memory.ledger import Ledger
from redheart.memory.plan import Outlook
from redheart.memory.states import ModuleState, Piece
from redheart.types.residency import SwapPriority, Tier

BODY, HEAD, EXTRA = (20, 30), (10, 10, 10), (40,)


@pytest.fixture
def ledger():
    ledger = Ledger(Tier.HOST, budget=100)
    ledger.register(ModuleState("body", SwapPriority.BACKBONE, BODY))
    ledger.register(ModuleState("head", SwapPriority.SECONDARY, HEAD, requires=frozenset({"body"}), work_bytes=5))
    ledger.register(ModuleState("extra", SwapPriority.AUXILIARY, EXTRA))
    return ledger


def pieces(ledger, *names):
    return [Piece(name, chunk) for name in names for chunk in range(len(ledger[name].chunks))]


def bring(ledger, *names):
    ledger.reserve(pieces(ledger, *names))
    ledger.commit(pieces(ledger, *names))


def state_of(ledger):
    """All that may not change when a call is refused; the counters only count what happened."""
    return ledger.snapshot(), ledger.reserved, ledger.committed, ledger.counters


# -- registering -----------------------------------------------------------------------------------------------------


def test_name_registered_twice_is_refused(ledger):
    with pytest.raises(ConfigError, match="'head' is already registered"):
        ledger.register(ModuleState("head", SwapPriority.PRIMARY, (1,)))


@pytest.mark.parametrize("chunks", [(), (0,), (5, -1)])
def test_module_without_bytes_is_refused(ledger, chunks):
    with pytest.raises(ValueError, match="each must hold something"):
        ledger.register(ModuleState("void", SwapPriority.PRIMARY, chunks))
    with pytest.raises(ConfigError, match="unknown module 'void'"):
        ledger["void"]


def test_unknown_name_is_refused_with_the_known_ones(ledger):
    with pytest.raises(ConfigError, match=r"unknown module 'tail'. Registered: body, head, extra"):
        ledger.known(["head", "tail"])


def test_names_are_known_with_all_that_they_require_however_far(ledger):
    ledger.register(ModuleState("hat", SwapPriority.PRIMARY, (1,), requires=frozenset({"head", "extra"})))
    assert ledger.known(["hat"]) == {"hat", "head", "body", "extra"}
    assert ledger.known(["extra"]) == {"extra"}


def test_modules_that_require_each_other_are_known_together(ledger):
    ledger.register(ModuleState("egg", SwapPriority.PRIMARY, (1,), requires=frozenset({"hen"})))
    ledger.register(ModuleState("hen", SwapPriority.PRIMARY, (1,), requires=frozenset({"egg"})))
    assert ledger.known(["egg"]) == ledger.known(["hen"]) == {"egg", "hen"}


def test_required_name_that_nobody_registered_is_refused(ledger):
    ledger.register(ModuleState("hat", SwapPriority.PRIMARY, (1,), requires=frozenset({"hook"})))
    with pytest.raises(ConfigError, match="unknown module 'hook'"):
        ledger.known(["hat"])


# -- chunks ----------------------------------------------------------------------------------------------------------


def test_chunks_are_promised_then_filled(ledger):
    ledger.reserve(pieces(ledger, "body"))
    assert (ledger.reserved, ledger.committed, ledger.resident()) == (50, 0, ())
    ledger.commit(pieces(ledger, "body"))
    assert (ledger.reserved, ledger.committed, ledger.resident()) == (0, 50, ("body",))


def test_chunks_come_and_go_one_by_one(ledger):
    bring(ledger, "head")
    ledger.evict([Piece("head", 2), Piece("head", 0)])
    head = ledger["head"]
    assert (head.resident, head.absent, head.absent_bytes, head.whole) == ({1}, (0, 2), 20, False)
    assert ledger.pieces("head") == (Piece("head", 1),)
    assert (ledger.committed, ledger.resident()) == (10, ())
    assert ledger.snapshot().shortage({"head"}) == 0


def test_promise_that_does_not_fit_promises_nothing_at_all(ledger):
    before = state_of(ledger)
    with pytest.raises(BudgetError, match="do not fit"):
        ledger.reserve(pieces(ledger, "body", "head", "extra"))
    assert state_of(ledger) == before
    bring(ledger, "body", "head")


def test_promise_counts_against_the_next_one_and_so_do_lines(ledger):
    ledger.reserve(pieces(ledger, "body"))
    ledger.account.set_line("context", 30)
    with pytest.raises(BudgetError):
        ledger.reserve(pieces(ledger, "head"))
    ledger.account.set_line("context", 20)
    ledger.reserve(pieces(ledger, "head"))


@pytest.mark.parametrize("state", ["promised", "in"])
def test_chunk_is_promised_only_once(ledger, state):
    ledger.reserve(pieces(ledger, "head"))
    if state == "in":
        ledger.commit(pieces(ledger, "head"))
    before = state_of(ledger)
    with pytest.raises(RuntimeError, match="'head': chunk 1 is in or on its way"):
        ledger.reserve([Piece("extra", 0), Piece("head", 1)])
    assert state_of(ledger) == before


def test_same_chunk_twice_in_one_promise_is_promised_once_or_refused(ledger):
    try:
        ledger.reserve([Piece("extra", 0), Piece("extra", 0)])
    except RuntimeError:
        assert ledger.reserved == 0
    else:
        assert ledger.reserved == 40


def test_promise_taken_back_is_room_again(ledger):
    ledger.reserve(pieces(ledger, "body", "head"))
    ledger.unreserve([Piece("head", 1)])
    assert ledger.snapshot().room == 30
    ledger.commit([Piece("head", 0)])
    with pytest.raises(RuntimeError, match="chunk 0 is not promised"):
        ledger.unreserve([Piece("head", 2), Piece("head", 0)])
    assert (ledger.reserved, ledger.committed) == (60, 10)


def test_chunk_that_was_not_promised_cannot_be_filled(ledger):
    ledger.reserve([Piece("body", 0)])
    before = state_of(ledger)
    with pytest.raises(RuntimeError, match="'body': chunk 1 is not promised"):
        ledger.commit(pieces(ledger, "body"))
    assert state_of(ledger) == before


def test_absent_chunk_cannot_be_evicted(ledger):
    bring(ledger, "extra")
    before = state_of(ledger)
    with pytest.raises(RuntimeError, match="chunk 0 may not go"):
        ledger.evict([Piece("extra", 0), Piece("head", 0)])
    assert state_of(ledger) == before


def test_backbone_is_never_evicted_but_can_be_retired(ledger):
    bring(ledger, "body")
    with pytest.raises(RuntimeError, match="may not go"):
        ledger.evict([Piece("body", 1)])
    ledger.retire("body")
    assert (ledger.resident(), ledger.committed) == ((), 0)


def test_leased_module_cannot_be_retired(ledger):
    bring(ledger, "body")
    ledger.lease(["body"])
    with pytest.raises(RuntimeError, match="it is leased"):
        ledger.retire("body")


# -- leases ----------------------------------------------------------------------------------------------------------


def test_leased_module_stays_until_its_last_user_is_gone(ledger):
    bring(ledger, "head")
    ledger.lease(["head"])
    ledger.lease(["head"])
    ledger.release(["head"])
    with pytest.raises(RuntimeError, match="may not go"):
        ledger.evict([Piece("head", 0)])
    ledger.release(["head"])
    ledger.evict(pieces(ledger, "head"))
    assert ledger.committed == 0


def test_partial_module_cannot_be_leased_and_then_nothing_is(ledger):
    bring(ledger, "body", "head")
    ledger.evict([Piece("head", 2)])
    with pytest.raises(RuntimeError, match="'head': it is not wholly in"):
        ledger.lease(["body", "head"])
    assert ledger["body"].leases == 0


def test_streaming_lease_counts_promised_chunks_as_coming(ledger):
    ledger.reserve([Piece("head", 0), Piece("head", 1)])
    with pytest.raises(RuntimeError, match="not wholly in"):
        ledger.lease(["head"], streaming=True)
    ledger.reserve([Piece("head", 2)])
    with pytest.raises(RuntimeError, match="not wholly in"):
        ledger.lease(["head"])
    ledger.lease(["head"], streaming=True)
    ledger.commit(pieces(ledger, "head"))
    assert (ledger["head"].leases, ledger["head"].evictable) == (1, False)


def test_release_without_lease_is_refused_and_then_nothing_is_released(ledger):
    bring(ledger, "body", "extra")
    ledger.lease(["body"])
    with pytest.raises(RuntimeError, match="'extra': it is not leased"):
        ledger.release(["body", "extra"])
    assert ledger["body"].leases == 1


def test_logical_clock_orders_uses_and_a_set_is_used_at_one_time(ledger):
    bring(ledger, "head", "extra")
    ledger.lease(["head"])
    assert ledger["head"].last_use > ledger["extra"].last_use
    ledger.lease(["head", "extra"])
    assert ledger["head"].last_use == ledger["extra"].last_use


# -- looking ---------------------------------------------------------------------------------------------------------


def test_snapshot_says_what_is_missing_spare_and_short(ledger):
    bring(ledger, "body", "extra")
    snapshot = ledger.snapshot(Outlook("step"))
    assert [module.name for module in snapshot.missing({"body", "head"})] == ["head"]
    assert [module.name for module in snapshot.spare({"head"})] == ["extra"]  # the body is BACKBONE
    assert snapshot.spare({"extra"}) == ()
    assert (snapshot.room, snapshot.shortage({"head"}), snapshot.shortage({"head"}, work_bytes=7)) == (10, 20, 27)
    assert (snapshot.bytes_of([Piece("extra", 0), Piece("head", 1)]), snapshot.outlook.step) == (50, "step")


def test_snapshot_does_not_change_with_the_ledger(ledger):
    snapshot = ledger.snapshot()
    bring(ledger, "body")
    assert (snapshot.room, snapshot.modules[0].resident) == (100, frozenset())


def test_counters_and_peak_say_what_moved_since_a_mark(ledger):
    bring(ledger, "body", "head")
    early = ledger.mark()
    ledger.evict([Piece("head", 1), Piece("head", 2)])
    late = ledger.mark()
    ledger.reserve([Piece("head", 1), Piece("head", 2)])
    ledger.commit([Piece("head", 1), Piece("head", 2)])
    moved = ledger.counters.since(early.counters)
    assert (moved.evictions, moved.bytes_in, moved.bytes_freed) == (1, 20, 20)
    assert (early.peak_committed, late.peak_committed) == (80, 80)
    assert ledger.counters.since(late.counters).evictions == 0


def test_peak_of_a_mark_does_not_know_what_was_before_it(ledger):
    bring(ledger, "body", "extra")
    ledger.evict(pieces(ledger, "extra"))
    assert ledger.mark().peak_committed == 50
    assert ledger.account.peak == 90


@given(st.lists(st.tuples(st.sampled_from(["reserve", "unreserve", "commit", "evict", "line"]), st.integers(0, 5))))
def test_bytes_add_up_after_any_history_and_refusals_change_nothing(history):
    ledger = Ledger(Tier.HOST, budget=60)
    ledger.register(ModuleState("a", SwapPriority.PRIMARY, (10, 20, 30)))
    ledger.register(ModuleState("b", SwapPriority.PRIMARY, (5, 15, 25)))
    every = pieces(ledger, "a", "b")
    for call, index in history:
        before = state_of(ledger)
        try:
            if call == "line":
                ledger.account.set_line("x", min(5 * index, ledger.account.room + ledger.account.lines.get("x", 0)))
            else:
                getattr(ledger, call)([every[index]])
        except (BudgetError, RuntimeError):
            assert state_of(ledger) == before
        states = [ledger["a"], ledger["b"]]
        assert ledger.reserved == sum(state.size(state.reserved) for state in states)
        assert ledger.committed == sum(state.size(state.resident) for state in states)
        assert ledger.account.room >= 0
        assert all(not state.reserved & state.resident for state in states)
