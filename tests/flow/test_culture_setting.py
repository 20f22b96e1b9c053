"""`circuit.culture` on the whole way, from a setting to the result."""

import pytest

from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP, ask, settings_of


def test_a_culture_that_is_set_moves_weight_between_the_persons_and_says_why(cover_up: InferResult) -> None:
    korean = ask(settings_of("medium", "circuit.culture=korean"), COVER_UP)
    before, after = cover_up.analysis.bentham, korean.analysis.bentham
    assert (before.culture, after.culture) == ("none", "korean")
    assert after.factors == before.factors and after.core == pytest.approx(before.core)  # all share one reading
    assert [part.value for part in after.contributions] != [part.value for part in before.contributions]
    reasons = [reason for step in korean.circuit.trace for reason in step.reasons]
    assert any(reason.startswith("culture: loyalty x1.2") for reason in reasons)


def test_the_core_of_the_sample_text_has_a_measured_uncertainty(cover_up: InferResult) -> None:
    bentham = cover_up.analysis.bentham
    assert bentham.core is not None and bentham.core_uncertainty is not None and bentham.core_uncertainty > 0
    assert sum(part.value for part in bentham.contributions) == pytest.approx(bentham.core)
    assert bentham.factors["intensity"].uncertainty == pytest.approx(0.248, abs=1e-3)


def test_the_axes_come_with_their_components_and_name_their_proxies(cover_up: InferResult) -> None:
    read = cover_up.analysis.emotion.fused
    for axis, parts in read.axis_components.items():
        assert read.axes[axis] == pytest.approx(sum(part.value or 0.0 for part in parts) / 2)
    assert sum(part.proxy is not None for parts in read.axis_components.values() for part in parts) == 4
