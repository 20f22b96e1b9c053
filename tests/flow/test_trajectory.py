"""The emotion trajectory through the whole house, on the shipped checkpoint."""

import json
from pathlib import Path

import pytest

from redheart.calculus.course.envelope import PRESETS
from redheart.entrypoints.render import report_text
from redheart.types.result import InferResult
from tests.flow.asking import ask, settings_of

MENDED = (
    "어제 친구와 크게 다투었다. 나는 화가 나서 소리를 질렀다. 밤새 후회했다. "
    "오늘 아침 친구가 먼저 사과했다. 나는 정말 고마웠다. 우리는 함께 웃었다. 이제 마음이 편하다."
)
REPLY = {"summary": "화해", "emotions": {}, "stakeholders": [], "options": [], "valence": 0.9}


@pytest.fixture(scope="module")
def mended() -> InferResult:
    return ask(settings_of("medium"), MENDED)


def test_a_quarrel_that_is_mended_turns_brighter_where_it_is_mended(mended: InferResult) -> None:
    (turn,) = mended.analysis.emotion.smoothed.turns
    assert turn.sentence == 3
    assert turn.valence > 0.1
    assert "분위기가 바뀌는 곳: [4] 밝아짐" in report_text(mended)


def test_every_sentence_has_bands_whose_coverage_was_measured(mended: InferResult) -> None:
    smoothed = mended.analysis.emotion.smoothed
    assert [point.sentence for point in smoothed.points] == list(range(7))
    assert all(point.valence.low < point.valence.value < point.valence.high for point in smoothed.points)
    assert all(abs(share - smoothed.level) <= 0.03 for share in smoothed.coverage.values())
    assert "English" in smoothed.calibrated_on


def test_the_signal_path_sounds_in_all_seven_emotions_and_refuses_a_spectrum(mended: InferResult) -> None:
    signal = mended.analysis.emotion.estimates.signal
    assert list(signal.emotions) == list(PRESETS)
    assert {found.spectrum for found in signal.emotions.values()} == {None}
    assert signal.emotions["joy"].peak_sentence == 5
    assert len(signal.dimensions) == 7


def test_what_a_language_model_says_of_the_whole_lifts_the_states_and_is_named(mended, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([REPLY, "끝."]), encoding="utf-8")
    told = ask(settings_of("medium", "llm.backend=scripted", f"llm.script={script}"), MENDED).analysis.emotion
    alone = mended.analysis.emotion
    assert told.estimates.llm_dimensions == {"valence": 0.9}
    assert told.smoothed.fused_from[-1] == "llm: valence of the whole, deviation 0.25 assumed"
    assert alone.smoothed.fused_from == ("head: each sentence",)  # the signal path moves nothing
    assert told.smoothed.coverage is None and alone.smoothed.unmeasured_reason is None
    pairs = zip(told.smoothed.points, alone.smoothed.points, strict=True)
    assert all(a.valence.value > b.valence.value for a, b in pairs)
    assert told.fused == alone.fused
