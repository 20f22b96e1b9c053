"""Regret of a two-option Korean text on the shipped checkpoint, from the words to the page."""

import numpy as np
import pytest

from redheart.calculus.regret import VARIANTS
from redheart.entrypoints.render import report_text
from redheart.types.result import InferResult
from tests.flow.asking import ask, settings_of

TEXT = "친구가 시험에서 부정행위를 하는 것을 보았다. 선생님께 말씀드릴까 말까 고민이다."


@pytest.fixture(scope="module")
def result() -> InferResult:
    return ask(settings_of("light"), TEXT)


def test_every_theory_and_kind_reaches_the_result_and_the_page(result: InferResult) -> None:
    regret, options = result.analysis.regret, result.circuit.decision.options
    assert [each.name for each in regret.variants] == list(VARIANTS) and regret.reason is None
    assert {(each.kind, each.option) for each in regret.types} >= {("action", 0), ("inaction", 1)}
    assert [each.kind for each in regret.courses] == ["action", "inaction"]
    assert regret.anticipated == max(each.anticipated_regret for each in options)
    assert "선택지마다 후회할 수 있는 것: 한 것" in report_text(result)


def test_the_states_are_the_calibrated_probabilities_of_the_pair(result: InferResult) -> None:
    regret, options = result.analysis.regret, result.circuit.decision.options
    assert regret.states is not None
    losing = [each.regret_probability for each in options]
    assert regret.states.probabilities == pytest.approx(losing[::-1], abs=1e-6)
    savage = [each.regret for each in regret.variants[0].options]
    assert savage == pytest.approx(-np.log(np.array(regret.states.probabilities)), rel=1e-6)
