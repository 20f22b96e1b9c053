"""Who must leave: policies as functions of a snapshot."""

import pytest

from redheart.errors import BudgetError, ConfigError
from redheart.memory.plan import Outlook
from redheart.memory.policies import POLICIES, policy_for, policy_named
from redheart.memory.states import OFF_PLAN, ModuleState, Piece, Snapshot
from redheart.types.residency import SwapPriority as P

NEED = frozenset({"new"})


def module(name, *chunks, priority=P.PRIMARY, resident=None, **given):
    resident = range(len(chunks)) if resident is None else resident
    return ModuleState(name, priority, chunks, nbytes=sum(chunks), resident=frozenset(resident), **given)


def victims(policy, *modules, shortage=10, outlook=OFF_PLAN, needed=NEED):
    snapshot = Snapshot(100, 0, (*modules, module("new", 10, resident=())), outlook)
    return POLICIES[policy]().victims(snapshot, needed, shortage)


def names(pieces):
    return [piece.module for piece in pieces]


def plan(keep=None, **next_use):
    return Outlook("now", {"new": frozenset({0}), **(keep or {})}, next_use)


def test_dynamic_swap_evicts_nothing_when_there_is_room():
    assert victims("dynamic_swap", module("a", 10), shortage=0) == ()


def test_dynamic_swap_evicts_the_late_chunks_of_a_module_first_and_no_more_than_must():
    assert victims("dynamic_swap", module("a", 4, 4, 4, 4)) == (Piece("a", 3), Piece("a", 2), Piece("a", 1))


def test_dynamic_swap_spares_a_chunk_that_a_later_choice_made_unnecessary():
    assert victims("dynamic_swap", module("a", 9, 3, 2)) == (Piece("a", 2), Piece("a", 0))
    assert victims("dynamic_swap", module("a", 10, 3, 2)) == (Piece("a", 0),)


def test_off_plan_the_lowest_priority_goes_first():
    cheap, dear = module("cheap", 10, priority=P.TEMPORARY, last_use=9), module("dear", 10, last_use=1)
    assert names(victims("dynamic_swap", dear, cheap)) == ["cheap"]


def test_off_plan_the_farthest_next_use_goes_before_the_least_recent():
    outlook = Outlook(next_use={"far": 5, "near": 2})
    assert names(victims("dynamic_swap", module("near", 10), module("far", 10, last_use=3), outlook=outlook)) == ["far"]


def test_off_plan_the_least_recently_used_of_equals_goes_first():
    assert names(victims("dynamic_swap", module("a", 10, last_use=5), module("b", 10, last_use=3))) == ["b"]


def test_of_equals_those_go_that_together_free_the_least_of_what_suffices():
    sizes = [module("a", 30), module("b", 7), module("c", 6), module("d", 5)]
    assert sorted(names(victims("dynamic_swap", *sizes, shortage=11))) == ["c", "d"]
    assert names(victims("dynamic_swap", *sizes, shortage=19)) == ["a"]


def test_on_plan_what_is_not_kept_goes_first_even_if_it_is_needed_sooner():
    outlook = plan({"kept": {0}}, kept=9, soon=1)
    assert names(victims("dynamic_swap", module("kept", 10), module("soon", 10), outlook=outlook)) == ["soon"]


def test_on_plan_only_the_chunks_that_are_not_kept_go():
    outlook = plan({"a": {0, 3}}, a=2)
    assert victims("dynamic_swap", module("a", 5, 5, 5, 5), outlook=outlook) == (Piece("a", 2), Piece("a", 1))


def test_on_plan_the_farthest_next_use_goes_first_whatever_its_priority():
    far, near = module("far", 10, priority=P.PRIMARY), module("near", 10, priority=P.TEMPORARY)
    assert names(victims("dynamic_swap", near, far, outlook=plan(far=3, near=1))) == ["far"]


def test_on_plan_modules_unknown_to_it_go_before_all_others_by_priority():
    known, odd, dear = module("known", 10), module("odd", 10, priority=P.SECONDARY), module("dear", 10)
    order = names(victims("dynamic_swap", known, dear, odd, shortage=30, outlook=plan(known=9)))
    assert order == ["odd", "dear", "known"]


def test_on_plan_what_is_kept_goes_last_in_the_same_order():
    outlook = plan({"far": {0}, "near": {0}}, far=3, near=1, free=1)
    residents = module("near", 10), module("far", 10), module("free", 10)
    assert names(victims("dynamic_swap", *residents, shortage=20, outlook=outlook)) == ["free", "far"]


def test_dynamic_swap_offers_all_it_may_when_even_that_is_too_little():
    held = module("held", 10, leases=1)
    assert names(victims("dynamic_swap", module("a", 3, 3), held, shortage=99)) == ["a", "a"]


def test_system_swap_evicts_everything_idle():
    residents = module("a", 10, 10), module("b", 10), module("c", 10, leases=1)
    assert victims("system_swap", *residents, shortage=1) == (Piece("a", 1), Piece("a", 0), Piece("b", 0))


def test_system_swap_tidies_when_something_comes_though_there_is_room_for_it():
    assert victims("system_swap", module("a", 10), shortage=0) == (Piece("a", 0),)


@pytest.mark.parametrize("policy", ["system_swap", "dynamic_swap"])
def test_leased_backbone_and_needed_modules_are_spared(policy):
    spared = module("used", 10, leases=1), module("body", 10, priority=P.BACKBONE), module("also", 10)
    assert victims(policy, *spared, needed=frozenset({"new", "also"})) == ()


@pytest.mark.parametrize("policy", list(POLICIES))
def test_nobody_leaves_when_nothing_is_missing(policy):
    assert victims(policy, module("a", 10), module("idle", 10), shortage=0, needed=frozenset({"a"})) == ()


def test_only_chunks_that_are_in_leave():
    assert victims("dynamic_swap", module("a", 5, 5, 5, resident={0, 2}), shortage=20) == (Piece("a", 2), Piece("a", 0))


def test_direct_refuses_rather_than_evicts():
    with pytest.raises(BudgetError, match=r"'new'.*'direct' never evicts.*dynamic_swap"):
        victims("direct", module("a", 10), shortage=1)
    with pytest.raises(BudgetError, match="working memory would not fit"):
        victims("direct", module("a", 10), shortage=1, needed=frozenset({"a"}))
    assert victims("direct", module("a", 10), shortage=0) == ()


def test_auto_is_direct_where_everything_fits_at_once():
    assert policy_for("auto", 100, 100).name == "direct"
    assert policy_for("auto", 101, 100).name == "dynamic_swap"
    assert policy_for("system_swap", 1, 100).name == "system_swap"


def test_unknown_policy_is_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"'dynamic_swop'.*Did you mean 'dynamic_swap'"):
        policy_named("dynamic_swop")
    with pytest.raises(ConfigError, match="Choose one of: system_swap, dynamic_swap, direct, auto"):
        policy_for("lru", 1, 2)
