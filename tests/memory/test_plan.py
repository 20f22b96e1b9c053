"""The plan of a known cycle: what stays, what it costs, what it says to whoever asks."""

import subprocess
import sys

import pytest
from cycles import MB, request_cycle, whole

from redheart.errors import BudgetError, ConfigError
from redheart.memory.plan import Cycle, Step, solve


def step(name, modules, work=0):
    return Step(name, frozenset(modules), work)


SMALL = Cycle((step("one", "a", 2), step("two", "bc"), step("three", "a")), {"a": (4, 4), "b": (3, 3), "c": (5,)})


@pytest.mark.parametrize(
    ("budget", "bound", "exact", "most"),
    [(5600, 4620, 7160, 4700), (6500, 2820, 6060, 2890), (7300, 1220, 5100, 1300), (8000, 360, 600, 360)],
)
def test_a_request_moves_hardly_more_than_the_bound(budget, bound, exact, most):
    plan = solve(request_cycle(), budget * MB)
    assert plan.bound_bytes == pytest.approx(bound * MB, rel=1e-6)
    assert bound * MB - 1 <= plan.total_in <= min(most, 1.10 * bound) * MB
    assert solve(whole(request_cycle()), budget * MB).total_in == exact * MB


def test_everything_stays_where_everything_fits():
    plan = solve(SMALL, 21)
    assert (plan.total_in, plan.bound_bytes, plan.bytes_in) == (0, 0, (0, 0, 0))
    assert all(kept == {"a": {0, 1}, "b": {0, 1}, "c": {0}} for kept in plan.keep)


def test_the_solver_is_not_imported_where_everything_fits():
    code = (
        "import sys; from redheart.memory.plan import Cycle, Step, solve; "
        "solve(Cycle((Step('s', frozenset('a')), Step('t', frozenset('b'))), {'a': (4,), 'b': (4,)}), 8); "
        "sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_step_that_does_not_fit_alone_is_refused_with_both_sizes():
    cycle = Cycle((step("fine", "a"), step("big", "ab", 64 << 20)), {"a": (64 << 20,), "b": (128 << 20,)})
    with pytest.raises(BudgetError, match=r"'big' needs 256\.0 MiB .*'a', 'b'.* 200\.0 MiB .*budget by 56\.0 MiB"):
        solve(cycle, 200 << 20)


def test_a_step_that_just_fits_is_planned():
    assert solve(SMALL, 11).peak == (10, 11, 8)


def test_a_cycle_of_unknown_modules_or_no_steps_is_refused():
    with pytest.raises(ConfigError, match=r"step 'one' names 'x'.*Known: a"):
        Cycle((step("one", "ax"),), {"a": (1,)})
    with pytest.raises(ConfigError, match="pinned names 'y'"):
        Cycle((step("one", "a"),), {"a": (1,)}, frozenset("y"))
    with pytest.raises(ConfigError, match="no steps"):
        Cycle((), {})


def test_a_module_that_no_step_needs_is_not_kept():
    plan = solve(Cycle((step("one", "a"), step("two", "b")), {"a": (1,), "b": (1,), "idle": (1,)}), 100)
    assert all(set(kept) == {"a", "b"} for kept in plan.keep)


def test_the_first_chunks_of_a_module_stay_before_its_last():
    cycle = Cycle((step("one", "a"), step("two", "b")), {"a": (2, 2, 2, 2), "b": (6,)})
    assert solve(cycle, 10).keep[1] == {"b": {0}, "a": {0, 1}}


def test_a_small_last_chunk_fills_the_room_that_is_left():
    cycle = Cycle((step("one", "a"), step("two", "b")), {"a": (4, 4, 4, 1), "b": (12,)})
    assert solve(cycle, 17).keep[1]["a"] == {0, 3}


def test_more_than_farthest_next_use_stays_where_sizes_differ():
    cycle = whole(request_cycle())
    kept = solve(cycle, 7300 * MB).keep
    assert "circuit" in kept[0] and "analysis" in kept[0] and "encoder" not in kept[0]


def test_two_cycles_by_turns_are_planned_where_they_move_less_than_one():
    steps = (step("1", "ag", 1), step("2", "be"), step("3", "bgf", 1))
    plan = solve(Cycle(steps, {"a": (9,), "b": (6,), "e": (7,), "f": (7,), "g": (9,)}), 35)
    assert (plan.cycles, len(plan.keep)) == (2, 6)
    assert plan.total_in == sum(plan.bytes_in) / 2 < 14


def test_the_outlook_tells_what_to_keep_and_when_each_module_is_needed_again():
    outlook = solve(SMALL, 17).outlook(4)
    assert outlook.step == "two"
    assert outlook.next_use == {"b": 0, "c": 0, "a": 1}
    assert outlook.keep == {"b": {0, 1}, "c": {0}, "a": {0}}


def test_a_pinned_module_is_always_needed():
    plan = solve(Cycle(SMALL.steps, SMALL.chunks, frozenset("c")), 16)
    assert all(kept["c"] == {0} for kept in plan.keep)
    assert plan.outlook(0).next_use["c"] == 0


def test_the_position_of_a_hold_is_the_next_step_that_needs_all_of_it():
    plan = solve(SMALL, 12)
    assert [plan.position_of("a", after) for after in (0, 1, 2, 3)] == [0, 2, 2, 0]
    assert plan.position_of({"b", "c"}, 2) == 1


def test_a_hold_of_modules_that_no_step_needs_together_is_off_plan():
    assert solve(SMALL, 12).position_of({"a", "b"}, 0) is None


def test_a_cycle_of_one_step_moves_nothing():
    plan = solve(Cycle((step("only", "ab"),), {"a": (3,), "b": (4,)}), 7)
    assert (plan.total_in, plan.peak) == (0, (7,))
