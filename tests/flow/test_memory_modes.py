"""A memory mode decides where weights lie, never what is computed."""

import pytest

from redheart.errors import BudgetError
from redheart.orchestrator import error_of
from redheart.types.messages import Failure
from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP, ask, ask_all, settings_of

#: The encoder fits beside the trunk with little to work in; to read, some of it must leave.
TIGHT = ("memory.host_budget_mib=157.2", "memory.context_mib=0")


def numbers(value: object) -> list[float]:
    """Every number of a nested structure, in order."""
    if isinstance(value, dict):
        return [number for key in value for number in numbers(value[key])]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers(item)]
    return [float(value)] if isinstance(value, int | float) else []


def computed(result: InferResult) -> list[float]:
    return numbers(result.model_dump(exclude={"timing", "memory"}))


@pytest.mark.parametrize("mode", ["light", "heavy", "ultra"])
def test_every_mode_computes_the_same(mode: str, cover_up: InferResult) -> None:
    result = ask(settings_of(mode), COVER_UP)
    assert result.memory.mode == mode
    assert computed(result) == pytest.approx(computed(cover_up), rel=1e-5, abs=1e-5)


def test_a_budget_that_forces_evictions_computes_the_same(cover_up: InferResult) -> None:
    first, second = ask_all(settings_of("medium", *TIGHT, "pipeline.batch_size=1"), [COVER_UP, COVER_UP])
    assert isinstance(first, InferResult) and isinstance(second, InferResult)
    assert first.memory.evictions >= 1 and second.memory.evictions >= 1
    assert second.memory.peak_committed <= second.memory.tiers[0].budget
    assert computed(second) == pytest.approx(computed(cover_up), rel=1e-5, abs=1e-5)


def test_batch_mates_change_nothing_but_rounding(cover_up: InferResult) -> None:
    answers = ask_all(settings_of("medium"), ["I am tired of all this waiting. " * 5, COVER_UP, "고마워요."])
    result = answers[1]
    assert isinstance(result, InferResult)
    assert computed(result) == pytest.approx(computed(cover_up), rel=1e-5, abs=1e-5)


def test_a_budget_too_small_for_the_backbone_is_refused_with_both_sizes() -> None:
    (answer,) = ask_all(settings_of("light", "memory.host_budget_mib=1"), [COVER_UP])
    assert isinstance(answer, Failure)
    error = error_of(answer)
    assert isinstance(error, BudgetError)
    assert "1.0 MiB" in str(error) and "memory.host_budget_mib" in str(error)
