"""Regret in the report: three lines, in the language of the text."""

import pytest

from redheart.entrypoints.render import report_text
from redheart.types.regret import OptionFeeling, RegretType, RegretVariant
from redheart.types.result import InferResult


def regretted(result: InferResult) -> InferResult:
    """Option 0 acts, option 1 does not; three theories, one of which takes option 1's side."""
    types = tuple(
        RegretType(kind=kind, option=i, against=1 - i, reason="a test")
        for i, kind in ((0, "action"), (1, "inaction"), (1, "empathy"))
    )
    felt = tuple(
        OptionFeeling(option=i, regret=r, rejoicing=0.0, experienced=(0.0, 0.0)) for i, r in enumerate((0.26, 0.62))
    )
    variants = tuple(
        RegretVariant(
            name=name, rule="r", unit="u", parameters={}, least=least, options=felt if least is not None else ()
        )
        for name, least in (("savage", 0), ("chorus", 1), ("bell", None), ("redheart", 0))
    )
    regret = result.analysis.regret.model_copy(update={"types": types, "variants": variants})
    return result.model_copy(update={"analysis": result.analysis.model_copy(update={"regret": regret})})


def added(result: InferResult) -> list[str]:
    """The lines of the section that the plain result does not have."""
    before = report_text(result, 100).splitlines()
    return [line.strip() for line in report_text(regretted(result), 100).splitlines() if line not in before]


def test_kinds_theories_and_our_own_theory_take_a_line_each(english_result: InferResult) -> None:
    assert added(english_result) == [
        "could be regretted, by option: acting / not acting, others' pain",
        "recommended is least regretted by 2 of 3 theories",
        "regret expected by our own theory (redheart), by option: 0.26 / 0.62",
    ]


def test_in_korean_they_are_said_in_korean(korean_result: InferResult) -> None:
    assert added(korean_result) == [
        "선택지마다 후회할 수 있는 것: 한 것 / 하지 않은 것, 남에게 미친 것",
        "추천한 쪽의 후회가 가장 적다고 보는 이론 3개 중 2개",
        "이 프로그램의 이론(redheart)이 예상하는 후회, 선택지마다: 0.26 / 0.62",
    ]


def test_a_result_without_them_has_no_line_of_them(english_result: InferResult) -> None:
    assert "could be regretted" not in report_text(english_result) and "theories" not in report_text(english_result)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_number_is_cut_however_narrow_the_page(width: int, english_result: InferResult) -> None:
    regret = regretted(english_result).analysis.regret
    felt = tuple(OptionFeeling(option=i, regret=1.11 + i, rejoicing=0.0, experienced=(0.0,) * 12) for i in range(12))
    variants = (regret.variants[-1].model_copy(update={"options": felt}),)
    analysis = english_result.analysis.model_copy(
        update={"regret": regret.model_copy(update={"variants": variants, "types": ()})}
    )
    shown = report_text(english_result.model_copy(update={"analysis": analysis}), width)
    assert all(len(line) <= width for line in shown.splitlines())
    assert " / ".join(f"{1.11 + i:.2f}" for i in range(12)) in " ".join(shown.split())
