import unicodedata
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from redheart.entrypoints.ink import bar, clipped, number, plain, signed_bar, sparkline
from redheart.entrypoints.render import report, report_text
from redheart.types.decision import PersonalValue
from redheart.types.readings import EmotionScore, FactorEvidence
from redheart.types.result import InferResult

Make = Callable[..., InferResult]


def test_a_korean_text_gets_a_korean_report_with_every_question_answered(korean_result: InferResult) -> None:
    page = report_text(korean_result)
    for heading in ("전체 감정", "가장 강한 감정", "감정의 흐름", "벤담의 계산", "선택지", "후회", "한계"):
        assert heading in page
    assert "결정을 돕는 참고이지 조언이 아닙니다" in page
    assert "Strongest" not in page


def test_a_korean_report_names_stated_options_and_kinds_in_plain_korean(korean_result: InferResult) -> None:
    page = report_text(korean_result)
    assert all(words in page for words in ("기본 선택지", "시너지", "불쾌한 쪽", "추천한 선택지", "아끼는 마음"))
    assert not any(words in page for words in ("권하는", "상승", "보살핌"))


def test_an_english_text_gets_an_english_report(english_result: InferResult) -> None:
    page = report_text(english_result)
    assert "Overall sentiment  −0.42" in page
    assert english_result.provenance.disclaimer in page
    assert not any("HANGUL" in unicodedata.name(character, "") for character in page)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_page_in_cells(make_result: Make, width: int) -> None:
    page = report_text(make_result(["아주 긴 문장이다, " * 40, "짧다."]), width)
    assert max(cell_len(line) for line in page.splitlines()) <= width
    assert "\x1b" not in page


def test_the_sentence_behind_each_strong_emotion_is_marked_and_quoted(english_result: InferResult) -> None:
    row = next(line for line in report_text(english_result).splitlines() if "gratitude" in line)
    assert "0.64" in row
    assert "[2]  “Still, she thanked me" in row


def test_at_most_five_emotions_are_shown(make_result: Make, english_result: InferResult) -> None:
    more = [EmotionScore(name="joy", label="sixth", probability=0.1, salience=0, sentence=None)]
    emotion = english_result.analysis.emotion.model_copy(update={"top": (*english_result.analysis.emotion.top, *more)})
    analysis = english_result.analysis.model_copy(update={"emotion": emotion})
    assert "sixth" not in report_text(english_result.model_copy(update={"analysis": analysis}))


@pytest.mark.parametrize("count", range(6))
def test_a_report_with_few_emotions_shows_them_or_says_that_none_stands_out(korean_result: InferResult, count) -> None:
    emotion = korean_result.analysis.emotion.model_copy(update={"top": korean_result.analysis.emotion.top[:count]})
    analysis = korean_result.analysis.model_copy(update={"emotion": emotion})
    page = report_text(korean_result.model_copy(update={"analysis": analysis}))
    assert [score.label in page for score in korean_result.analysis.emotion.top] == [i < count for i in range(5)]
    assert ("두드러지는 감정이 없습니다" in page) == (count == 0)


def test_a_wrapped_line_loses_no_letter(make_result: Make) -> None:
    warning = "아무 행동도 하지 않는다. " * 12
    page = report_text(make_result(["하나."], "ko", warnings=[warning]), 61)
    assert "".join(warning.split()) in "".join(page.split())


def test_a_long_text_keeps_its_whole_trajectory_in_one_line(make_result: Make) -> None:
    page = report_text(make_result(["Good."] * 30, "en"))
    assert "▁▇▄" * 10 in page
    assert "+ 18 other sentences" in page


def test_the_recommended_option_and_templates_are_marked(english_result: InferResult) -> None:
    lines = report_text(english_result).splitlines()
    assert any("▶  tell the truth" in line and line.endswith("text") for line in lines)
    assert any("let it pass" in line and line.endswith("template") and "▶" not in line for line in lines)


def test_what_is_missing_is_named_with_its_reason(make_result: Make) -> None:
    page = report_text(make_result(["One."], "en", degraded=["head.appraisal"], warnings=[]))
    assert "no value: one sentence of one clause has no parts to compare" in page
    assert "left out: head.appraisal" in page
    assert "no value: confidence" in page


def test_a_text_cannot_steer_the_terminal_or_the_markup(make_result: Make) -> None:
    page = report_text(make_result(["[red]Bold[/red] \x1b[2J\u202e gone."], "en"))
    assert "[red]Bold[/red]" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_colour_is_only_an_addition(english_result: InferResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(force_terminal=True, width=80, record=True, file=open("/dev/null", "w", encoding="utf-8"))
    console.print(report(english_result))
    console.file.close()
    lines = [line.rstrip() for line in console.export_text(styles=False).splitlines()]
    assert lines == report_text(english_result).splitlines()


def test_numbers_and_bars_say_their_value() -> None:
    assert [number(value, True) for value in (-0.5, 0.0, -0.001, 1.0, None)] == ["−0.50", "0.00", "0.00", "+1.00", "—"]
    assert (bar(0, 4), bar(1, 4), bar(0.5, 4)) == ("    ", "████", "██  ")
    assert (signed_bar(-1, 3).plain, signed_bar(0.34, 3).plain) == ("███│   ", "   │█  ")
    assert sparkline([-1, 0, 1]) == "▁▅█"


def test_clipping_counts_double_width_characters_and_keeps_short_lines() -> None:
    assert clipped("가나다라", 8) == "가나다라"
    assert clipped("가나다라마", 8) == "가나다…"
    assert plain(" a\n\tb\x07 ") == "a b"


def test_a_factor_shows_its_deviation_and_the_word_for_its_strength(make_result: Make) -> None:
    result = make_result()
    bentham = result.analysis.bentham
    intensity = bentham.factors["intensity"].model_copy(update={"uncertainty": 0.25, "term": "strong"})
    factors = bentham.factors | {"intensity": intensity}
    shown = report_text(_with_bentham(result, factors=factors)).splitlines()
    row = next(line for line in shown if line.strip().startswith("강도"))
    assert "±0.25" in row and "강함 · " in row
    assert "±" not in next(line for line in shown if line.strip().startswith("지속"))


def test_a_factor_of_low_evidence_is_marked_and_the_mark_explained(make_result: Make) -> None:
    result = make_result()
    evidence = FactorEvidence(r=0.1, n=570, on="dev")
    changes = {"evidence": evidence, "low_evidence": True, "weight": 0.5}
    factors = result.analysis.bentham.factors
    page = report_text(
        _with_bentham(result, factors=factors | {"extent": factors["extent"].model_copy(update=changes)})
    )
    assert "*" in next(line for line in page.splitlines() if line.strip().startswith("범위"))
    assert "*" not in next(line for line in page.splitlines() if line.strip().startswith("강도"))
    assert "근거 약함" in page and "범위 ×0.50" in page and "근거 약함" not in report_text(result)


def test_the_core_is_shown_with_its_deviation_its_persons_and_the_culture_that_was_set(make_result: Make) -> None:
    parts = [
        PersonalValue(name=name, group=group, persons=1, weight=1.0, read=group == "self", value=-0.1)
        for name, group in (("self", "self"), ("친구", "other"))
    ]
    changes = {"core": -0.2, "core_uncertainty": 0.05, "costs": -0.01, "culture": "korean", "contributions": parts}
    page = report_text(_with_bentham(make_result(), **changes))
    assert "가중 전 값 −0.20 ±0.05 · 비용 −0.01 · 문화 가중: 한국" in page
    assert "사람마다: 나 −0.10 · 친구* −0.10" in page


@pytest.mark.parametrize(
    ("sentiment", "words"),
    [(0.05, "어느 쪽도 아님\n"), (-0.3, "불쾌한 쪽, 확실하지 않음"), (0.95, "유쾌한 쪽, 아주 확실")],
)
def test_the_headline_says_in_words_how_sure_the_side_is(make_result: Make, sentiment: float, words: str) -> None:
    result = make_result()
    integrated = result.integrated.model_copy(update={"overall_sentiment": sentiment})
    assert words in report_text(result.model_copy(update={"integrated": integrated}))


def _with_bentham(result: InferResult, **changes: object) -> InferResult:
    bentham = result.analysis.bentham.model_copy(update=changes)
    return result.model_copy(update={"analysis": result.analysis.model_copy(update={"bentham": bentham})})
