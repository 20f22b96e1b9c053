"""Laws of the plan on random cycles, against brute force."""

from cycles import split, tight_cycles, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.memory.plan import Cycle, Step, solve


def least_by_brute_force(cycle, capacity):
    """Bytes that the best plan of whole modules brings in, if it does the same every cycle: all choices are tried."""
    count, gaps, total = len(cycle.steps), [], 0
    for name in cycle.chunks.keys() - cycle.pinned:
        for at in (at for at in range(count) if name in cycle.steps[at].modules):
            back = next(away for away in range(1, count + 1) if name in cycle.steps[(at + away) % count].modules)
            if back > 1:
                gaps.append((cycle.size([name]), [(at + away) % count for away in range(1, back)]))
                total += cycle.size([name])
    rooms = [capacity - step.work_bytes - cycle.size(cycle.needed(at)) for at, step in enumerate(cycle.steps)]

    def most(index, rooms):
        if index == len(gaps):
            return 0
        size, steps = gaps[index]
        best = most(index + 1, rooms)
        filled = [room - size * (at in steps) for at, room in enumerate(rooms)]
        return max(best, size + most(index + 1, filled)) if min(filled) >= 0 else best

    return total - most(0, rooms)


@settings(max_examples=150, deadline=None)
@given(tight_cycles())
def test_whole_modules_are_planned_exactly(case):
    cycle, capacity = whole(case[0]), case[1]
    plan, least = solve(cycle, capacity), least_by_brute_force(cycle, capacity)
    assert plan.total_in == least if plan.cycles == 1 else plan.total_in < least


@settings(max_examples=60, deadline=None)
@given(tight_cycles(), st.integers(10**6, 10**9))
def test_large_and_odd_sizes_are_planned_exactly_too(case, scale):
    cycle, capacity = whole(case[0]), case[1]
    odd = {name: (size * scale + len(name) * 7 + size,) for name, (size,) in cycle.chunks.items()}
    cycle = Cycle(cycle.steps, odd, cycle.pinned)
    least = max(cycle.size(cycle.needed(at)) + step.work_bytes for at, step in enumerate(cycle.steps))
    capacity = max(least, capacity * scale)
    plan = solve(cycle, capacity)
    assert plan.total_in <= least_by_brute_force(cycle, capacity)
    assert max(plan.peak) <= capacity


@settings(max_examples=100, deadline=None)
@given(tight_cycles())
def test_chunks_never_bring_in_more_than_whole_modules(case):
    cycle, capacity = case
    assert solve(cycle, capacity).total_in <= least_by_brute_force(cycle, capacity)


@settings(max_examples=150, deadline=None)
@given(tight_cycles())
def test_a_plan_holds_what_it_must_within_its_capacity(case):
    cycle, capacity = case
    plan = solve(cycle, capacity)
    for at, kept in enumerate(plan.keep):
        step = cycle.steps[at % len(cycle.steps)]
        assert all(len(kept[name]) == len(cycle.chunks[name]) for name in step.modules | cycle.pinned)
        filled = step.work_bytes + sum(cycle.chunks[name][chunk] for name in kept for chunk in kept[name])
        assert filled == plan.peak[at] <= capacity


@settings(max_examples=100, deadline=None)
@given(tight_cycles())
def test_the_bound_is_between_nothing_and_the_plan_and_the_plan_counts_its_bytes(case):
    plan = solve(*case)
    assert 0 <= plan.bound_bytes <= plan.total_in
    brought = 0
    for at, kept in enumerate(plan.keep):
        before = {(name, chunk) for name, chunks in plan.keep[at - 1].items() for chunk in chunks}
        now = {(name, chunk) for name, chunks in kept.items() for chunk in chunks}
        brought += sum(plan.cycle.chunks[name][chunk] for name, chunk in now - before)
    assert brought == sum(plan.bytes_in) == plan.total_in * plan.cycles


@settings(max_examples=60, deadline=None)
@given(tight_cycles(max_modules=4))
def test_modules_in_chunks_of_one_byte_reach_the_bound_but_for_some_bytes(case):
    cycle, capacity = case
    fine = Cycle(cycle.steps, {name: split(sum(sizes), 1) for name, sizes in cycle.chunks.items()}, cycle.pinned)
    plan = solve(fine, capacity)
    assert plan.total_in <= plan.bound_bytes * 1.25 + 3


@settings(max_examples=30, deadline=None)
@given(tight_cycles())
def test_the_same_cycle_gets_the_same_plan(case):
    cycle, capacity = case
    steps = (Step(step.name, frozenset(sorted(step.modules, reverse=True)), step.work_bytes) for step in cycle.steps)
    again = Cycle(tuple(steps), dict(cycle.chunks), cycle.pinned)
    assert solve(cycle, capacity).keep == solve(again, capacity).keep
