"""The contenders, simulated: the bytes they are known for, and that the plan never moves more than they do."""

import pytest
from hypothesis import given, settings

from redheart.benchmarks.memory.peers import PEERS, Peer, smallest_combination, smallest_sum
from redheart.benchmarks.memory.replay import replay_peer, replay_policy
from redheart.memory.plan import Cycle, Step, solve
from redheart.memory.policies import POLICIES
from redheart.memory.policies.dynamic_swap import DynamicSwap
from tests.memory.cycles import BUDGETS_MB, MB, request_cycle, tight_cycles, whole

#: Contender -> GB in and out of a request at each of the four budgets.
EXPECTED = {
    "chain": [(7.16, 7.16)] * 4,
    "components_manager": [*[(7.16, 7.16)] * 3, (6.56, 6.56)],
    "comfy_classic": [(5.86, 5.86), (3.97, 3.97), (2.29, 2.29), (0.80, 0.80)],
    "drop_after_use": [(7.16, 0)] * 4,
    "lru": [(7.16, 0), (7.16, 0), (6.06, 0), (2.06, 0)],
    "farthest_next_use": [(7.16, 0), (6.06, 0), (6.06, 0), (0.60, 0)],
    "resident": [(0, 0)] * 4,
}


@pytest.mark.parametrize("name", PEERS)
def test_a_request_moves_the_bytes_that_each_contender_is_known_for(name):
    moved = [replay_peer(PEERS[name], request_cycle(), budget * MB) for budget in BUDGETS_MB]
    assert [(round(m.bytes_in / 1e9, 2), round(m.bytes_out / 1e9, 2)) for m in moved] == EXPECTED[name]


@pytest.mark.parametrize("budget", BUDGETS_MB)
def test_ours_moves_less_than_every_contender_of_the_same_memory(budget):
    cycle = request_cycle()
    ours = replay_policy(DynamicSwap(), cycle, budget * MB, solve(cycle, budget * MB))
    others = [replay_peer(peer, cycle, budget * MB) for name, peer in PEERS.items() if name != "resident"]
    assert sum(ours) < min(map(sum, others))
    assert sum(ours) <= (0.34 if budget == 5600 else 0.30) * 14.32e9


def test_the_system_policy_moves_as_much_as_dropping_after_use():
    cycle = request_cycle()
    tidy = replay_policy(POLICIES["system_swap"](), cycle, 7300 * MB)
    assert tidy == replay_peer(PEERS["drop_after_use"], cycle, 7300 * MB)


def test_a_policy_without_a_plan_moves_more_than_with_one():
    cycle = request_cycle()
    plan = solve(cycle, 7300 * MB)
    assert replay_policy(DynamicSwap(), cycle, 7300 * MB).bytes_in > plan.total_in


def test_the_smallest_combination_is_the_least_sum_that_is_enough():
    sizes = {"a": 4, "b": 3, "c": 6}
    assert set(smallest_combination(sizes, 5)) == {"c"}
    assert set(smallest_combination(sizes, 8)) == {"b", "c"}
    assert smallest_combination(sizes, 14) is None


@settings(max_examples=150, deadline=None)
@given(tight_cycles())
def test_no_contender_of_whole_modules_brings_in_less_than_the_plan(case):
    cycle, capacity = case
    for asked in (cycle, whole(cycle)):
        brought = solve(asked, capacity).total_in
        for name in ("chain", "drop_after_use", "lru", "farthest_next_use"):
            assert brought <= replay_peer(PEERS[name], asked, capacity).bytes_in


@settings(max_examples=80, deadline=None)
@given(tight_cycles())
def test_the_smallest_sum_moves_no_fewer_bytes_than_the_plan(case):
    cycle, capacity = case
    # Without working memory, of which that rule knows nothing: it would not fit into all steps.
    cycle = Cycle(tuple(Step(step.name, step.modules) for step in cycle.steps), cycle.chunks, cycle.pinned)
    moved = replay_peer(Peer(smallest_sum(margin_bytes=0), copies_out=False), cycle, capacity)
    assert solve(cycle, capacity).total_in <= sum(moved)


@settings(max_examples=150, deadline=None)
@given(tight_cycles())
def test_following_a_plan_moves_no_more_than_it_says_and_fits_in_every_step(case):
    cycle, capacity = case
    plan = solve(cycle, capacity)
    assert replay_policy(DynamicSwap(), cycle, capacity, plan).bytes_in <= plan.total_in
