"""Rules of regret: whose feeling, which direction, done or not done."""

import pytest

from redheart.situation.regret_cues import find_regret_cues
from redheart.types.situation import Language, RegretCues


def kind_of(cues: RegretCues) -> str | None:
    return None if cues.deed is None else cues.deed.kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("그 가방은 사지 말걸 그랬어.", "action"),
        ("그 가방을 사 둘걸 그랬어.", "inaction"),
        ("친구에게 화를 내지 않았더라면 좋았을 텐데.", "action"),
        ("친구에게 전화를 했더라면 좋았을 텐데.", "inaction"),
        ("그때 그 길로 가지 말았어야 했다.", "action"),
        ("그때 병원에 갔어야 했다.", "inaction"),
        ("동생을 때린 것이 후회된다.", "action"),
        ("동생을 돕지 못한 것이 후회된다.", "inaction"),
        ("내가 왜 그 편지를 버렸을까.", "action"),
        ("왜 그때 말리지 못했을까.", "inaction"),
        ("I shouldn't have sold the piano.", "action"),
        ("I should have sold the piano.", "inaction"),
        ("I wish I hadn't laughed.", "action"),
        ("I wish I had laughed.", "inaction"),
        ("If I hadn't left, he would be alive.", "action"),
        ("I regret lying to them.", "action"),
        ("I regret not telling them.", "inaction"),
        ("Why didn't I ask?", "inaction"),
    ],
)
def test_a_negation_turns_a_regretted_deed_round(text: str, kind: str) -> None:
    language: Language = "en" if text.isascii() else "ko"
    assert kind_of(find_regret_cues(text, language)) == kind


@pytest.mark.parametrize(
    ("text", "bearing"),
    [
        ("그 일을 후회한다.", "own"),
        ("그 일을 후회하지 않는다.", "denied"),
        ("그 일에 후회는 없다.", "denied"),
        ("하나도 안 미안해.", "denied"),
        ("언젠가 후회할 거야.", "expected"),
        ("후회하기 싫으면 서둘러.", "expected"),
        ("삼촌은 그 일을 후회한다고 말했다.", "reported"),
        ("미안한데 문 좀 닫아 줘.", "courtesy"),
        ("I regret it.", "own"),
        ("I don't regret it.", "denied"),
        ("You'll regret it.", "expected"),
        ("She regrets it.", "reported"),
        ("Sorry, could you move?", "courtesy"),
        ("I'm sorry for your loss.", "courtesy"),
    ],
)
def test_a_feeling_is_told_from_one_that_is_denied_awaited_or_somebody_elses(text: str, bearing: str) -> None:
    cues = find_regret_cues(text, "en" if text.isascii() else "ko")
    assert [cue.bearing for cue in cues.feelings] == [bearing]


@pytest.mark.parametrize(
    "text",
    [
        "아마 지금쯤 도착했을걸.",
        "내일은 비가 올걸요.",
        "정부는 그때 막았어야 했다.",
        "너는 그런 말을 하지 말았어야지.",
        "그 차를 탔더라면 죽었을 거야. 정말 다행이다.",
        "He should have asked.",
        "If I had boarded, I would have died; thank God I was late.",
        "I have no regrets about it.",
    ],
)
def test_guesses_reproaches_of_others_relief_and_denials_regret_nothing(text: str) -> None:
    assert find_regret_cues(text, "en" if text.isascii() else "ko").deed is None


def test_relief_points_downward_and_a_missed_chance_upward() -> None:
    relief = find_regret_cues("그 배에 탔더라면 큰일 날 뻔했다.", "ko").counterfactuals
    missed = find_regret_cues("그 배에 탔더라면 만날 수 있었을 텐데.", "ko").counterfactuals
    assert ([each.direction for each in relief], [each.direction for each in missed]) == (["downward"], ["upward"])


def test_a_quoted_wish_is_a_counterfactual_but_no_deed_of_the_writer() -> None:
    cues = find_regret_cues('삼촌은 "집을 살걸" 하고 중얼거렸다.', "ko")
    assert (len(cues.counterfactuals), cues.deed) == (1, None)


def test_well_done_is_relief_only_of_a_choice() -> None:
    assert kind_of(find_regret_cues("그때 더 잘했더라면 합격했을 텐데.", "ko")) == "inaction"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("어제는 비가 왔다. 우산을 챙길걸 그랬어. 정말 미안해.", "ko"),
        ("It rained. I should have taken the umbrella. I'm so sorry I didn't.", "en"),
    ],
)
def test_every_span_is_its_text(text: str, language: Language) -> None:
    cues = find_regret_cues(text, language)
    assert cues.feelings and cues.counterfactuals and cues.deed is not None
    for each in (*cues.feelings, *cues.counterfactuals, cues.deed):
        assert text[each.start : each.end] == each.text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_text_without_words_has_no_cues(language: Language) -> None:
    assert find_regret_cues("", language) == RegretCues(feelings=(), counterfactuals=(), deed=None)
