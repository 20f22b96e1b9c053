import asyncio
from itertools import pairwise

import pytest

from redheart.benchmarks.memory.modules import PHASES, WEIGHTS_GB
from redheart.benchmarks.memory.reference_plan import BUDGETS_MB, COMPUTE_S, MB, STEPS, WEIGHTS_MB, reference_cycle
from redheart.benchmarks.memory.rows import PlanRow
from redheart.benchmarks.memory.simulated_run import Walk, plan_rows
from redheart.memory.plan import Cycle, Step
from redheart.memory.tiers.simulated import SimulatedModule

NAMES = {
    "ours",
    "ours_without_prefetch",
    "chain",
    "components_manager",
    "comfy_classic",
    "drop_after_use",
    "lru",
    "farthest_next_use",
    "whole_module_optimum",
    "resident",
}


@pytest.fixture(scope="module")
def rows() -> dict[tuple[int, str], PlanRow]:
    """(MB, contender) -> row, of the whole reference plan."""
    return {(round(row.budget_gb * 1000), row.contender): row for row in plan_rows(10)}


@pytest.mark.parametrize("budget", BUDGETS_MB)
def test_every_contender_is_there_at_every_budget(rows: dict[tuple[int, str], PlanRow], budget: int) -> None:
    assert {name for at, name in rows if at == budget} == NAMES


@pytest.mark.parametrize(("budget", "bound"), [(5600, 4.62), (6500, 2.82), (7300, 1.22), (8000, 0.36)])
def test_ours_moves_at_most_a_tenth_more_than_the_bound(
    rows: dict[tuple[int, str], PlanRow], budget: int, bound: float
) -> None:
    for name in ("ours", "ours_without_prefetch"):
        row = rows[budget, name]
        assert row.bound_gb == pytest.approx(bound, abs=0.005)
        assert bound - 0.005 <= row.gb_in + row.gb_out <= 1.10 * bound
        assert (row.gb_out, row.by) == (0.0, "engine")


@pytest.mark.parametrize(("budget", "share"), [(5600, 0.34), (6500, 0.30), (7300, 0.30), (8000, 0.30)])
def test_ours_moves_a_third_of_the_chain_at_most(
    rows: dict[tuple[int, str], PlanRow], budget: int, share: float
) -> None:
    chain = rows[budget, "chain"]
    assert chain.gb_in + chain.gb_out == pytest.approx(14.32, abs=0.01)
    assert (rows[budget, "ours"].share_of_chain or 1) <= share


def test_ours_moves_at_most_1_45_gb_a_request_at_7_3_gb(rows: dict[tuple[int, str], PlanRow]) -> None:
    assert rows[7300, "ours"].gb_in + rows[7300, "ours"].gb_out <= 1.45


@pytest.mark.parametrize("budget", BUDGETS_MB)
def test_nobody_that_keeps_to_the_budget_moves_less_than_ours(
    rows: dict[tuple[int, str], PlanRow], budget: int
) -> None:
    ours = rows[budget, "ours"].gb_in
    for name in NAMES - {"resident"}:
        assert ours <= rows[budget, name].gb_in + rows[budget, name].gb_out
    assert rows[budget, "resident"].gb_in == 0


@pytest.mark.parametrize("budget", BUDGETS_MB)
def test_a_prefetch_moves_no_more_bytes_waits_no_longer_and_keeps_to_the_budget(
    rows: dict[tuple[int, str], PlanRow], budget: int
) -> None:
    ahead, plain = rows[budget, "ours"], rows[budget, "ours_without_prefetch"]
    assert ahead.gb_in == pytest.approx(plain.gb_in)
    assert ahead.stall_s is not None and plain.stall_s is not None
    assert 0 <= ahead.stall_s <= plain.stall_s + 1e-9
    for row in (ahead, plain):
        assert row.peak_gb is not None
        assert 0 < row.peak_gb <= row.budget_gb + 1e-9


def test_a_larger_budget_never_moves_more(rows: dict[tuple[int, str], PlanRow]) -> None:
    moved = [rows[budget, "ours"].gb_in for budget in BUDGETS_MB]
    assert all(less >= more for less, more in pairwise(moved))


def test_a_damaged_weight_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = Cycle((Step("a", frozenset({"one"})), Step("b", frozenset({"two"}))), {"one": (5,), "two": (6,)})
    walk = Walk(cycle, 8, {"a": 0.0, "b": 0.0}, prefetch=False)
    monkeypatch.setattr(SimulatedModule, "damaged", lambda module: [0] if module.name == "two" else [])
    with pytest.raises(RuntimeError, match=r"chunks \{'two': \[0\]\}"):
        asyncio.run(walk.run(1))


def test_the_plan_is_the_one_that_a_gpu_is_measured_on() -> None:
    assert {name: weight / 1000 for name, weight in WEIGHTS_MB.items()} == WEIGHTS_GB
    for phase in PHASES:
        modules, work, seconds = STEPS[phase.name]
        assert (set(modules), work / 1000, seconds * 1000) == (set(phase.modules), phase.work_gb, phase.compute_ms)
    cycle = reference_cycle()
    assert cycle.size(cycle.chunks) == 7160 * MB
    assert max(max(sizes) for sizes in cycle.chunks.values()) <= 64 * MB
    assert set(COMPUTE_S) == {step.name for step in cycle.steps}
