"""Who must leave: policies as functions of a snapshot."""

import pytest

from redheart.errors import BudgetError, ConfigError
from redheart.memory.ledger import ModuleState, Snapshot
from redheart.memory.policies import POLICIES, policy_named
from redheart.types.residency import SwapPriority as P

NEED = frozenset({"new"})


def module(name, nbytes, priority=P.PRIMARY, leases=0, last_use=0):
    return ModuleState(name, priority, nbytes, resident=True, leases=leases, last_use=last_use)


def snapshot(*modules, room=0, new=10):
    filled = sum(module.nbytes for module in modules)
    return Snapshot(filled + room, 0, filled, (*modules, ModuleState("new", P.PRIMARY, new)))


def victims(policy, *modules, **given):
    return POLICIES[policy]().victims(snapshot(*modules, **given), NEED)


def test_dynamic_swap_evicts_nothing_when_there_is_room():
    assert victims("dynamic_swap", module("a", 10), room=10) == ()


def test_dynamic_swap_evicts_the_lowest_priority_first():
    old_but_dear = module("dear", 10, P.PRIMARY, last_use=1)
    assert victims("dynamic_swap", old_but_dear, module("cheap", 10, P.TEMPORARY, last_use=9)) == ("cheap",)


def test_dynamic_swap_evicts_the_least_recently_used_of_equals():
    assert victims("dynamic_swap", module("a", 10, last_use=5), module("b", 10, last_use=3)) == ("b",)


def test_dynamic_swap_evicts_the_largest_of_those_used_at_the_same_time():
    assert victims("dynamic_swap", module("a", 10), module("b", 30)) == ("b",)


def test_dynamic_swap_evicts_no_more_than_is_missing():
    residents = [module(name, 10, last_use=i) for i, name in enumerate("abcd")]
    assert victims("dynamic_swap", *residents, room=5, new=25) == ("a", "b")


def test_system_swap_evicts_everything_idle():
    assert victims("system_swap", module("a", 10), module("b", 10), module("c", 10, leases=1)) == ("a", "b")


@pytest.mark.parametrize("policy", ["system_swap", "dynamic_swap"])
def test_leased_backbone_and_needed_modules_are_spared(policy):
    spared = (module("used", 10, leases=1), module("body", 10, P.BACKBONE), module("also", 10))
    chosen = POLICIES[policy]().victims(snapshot(*spared), frozenset({"new", "also"}))
    assert chosen == ()


@pytest.mark.parametrize("policy", list(POLICIES))
def test_nobody_leaves_when_nothing_is_missing(policy):
    assert POLICIES[policy]().victims(snapshot(module("a", 10), module("idle", 10)), frozenset({"a"})) == ()


def test_direct_refuses_rather_than_evicts():
    with pytest.raises(BudgetError, match=r"'new'.*'direct' never evicts.*dynamic_swap"):
        victims("direct", module("a", 10), room=9)
    assert victims("direct", module("a", 10), room=10) == ()


def test_unknown_policy_is_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"'dynamic_swop'.*Did you mean 'dynamic_swap'"):
        policy_named("dynamic_swop")
