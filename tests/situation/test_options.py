"""Options that a text names."""

import pytest

from redheart.situation.options import find_options, template_options
from redheart.types.situation import Language


def named(text: str, language: Language) -> list[str]:
    options = find_options(text, language)
    assert [option.index for option in options] == list(range(len(options)))
    assert all(option.origin == "text" for option in options)
    return [option.text for option in options]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("힘들어서 회사를 그만둘까 말까 고민된다.", ["회사를 그만둔다.", "회사를 그만두지 않는다."]),
        ("나는 그를 신고해야 할지 말지 모르겠다.", ["나는 그를 신고한다.", "나는 그를 신고하지 않는다."]),
        ("사실대로 말할지 안 말할지 모르겠다", ["사실대로 말한다.", "사실대로 말하지 않는다."]),
        ("회사를 그만둬야 하나 말아야 하나", ["회사를 그만둔다.", "회사를 그만두지 않는다."]),
        ("그 말을 들을까 말까", ["그 말을 듣는다.", "그 말을 듣지 않는다."]),
        ("이직을 할지 남을지 모르겠다", ["이직을 한다.", "남는다."]),
        ("사과를 할까 아니면 그냥 넘어갈까?", ["사과를 한다.", "그냥 넘어간다."]),
        ("사과할까? 그냥 넘어갈까?", ["사과한다.", "그냥 넘어간다."]),
        ("떠날까, 아니면 버틸까, 그것도 아니면 휴직할까 생각 중이다", ["떠난다.", "버틴다.", "휴직한다."]),
        ("커피 아니면 물을 마시고 싶다", ["커피를 택한다.", "물을 택한다."]),
        ("엄마한테 말하거나 그냥 넘어갈 수 있다", ["엄마한테 말한다.", "그냥 넘어간다."]),
        ("거짓말을 하는 것과 진실을 말하는 것 중에 골라야 한다", ["거짓말을 한다.", "진실을 말한다."]),
    ],
)
def test_korean_constructions_become_plain_statements(text: str, options: list[str]) -> None:
    assert named(text, "ko") == options


@pytest.mark.parametrize(
    ("polite", "plain"),
    [
        ("사과할까요 말까요?", "사과할까 말까?"),
        ("가는 게 나을까요, 남는 게 나을까요?", "가는 게 나을까, 남는 게 나을까?"),
        ("이직할까요 아니면 남을까요?", "이직할까 아니면 남을까?"),
        ("회사를 그만둬야 하나요 말아야 하나요?", "회사를 그만둬야 하나 말아야 하나?"),
        ("갈지 말지 모르겠어요.", "갈지 말지 모르겠다."),
        ("떠날까요, 버틸까요, 휴직할까요?", "떠날까, 버틸까, 휴직할까?"),
    ],
)
def test_korean_polite_forms_name_what_the_plain_forms_do(polite: str, plain: str) -> None:
    assert len(named(polite, "ko")) > 1
    assert named(polite, "ko") == named(plain, "ko")


def test_what_a_korean_judgement_weighs_is_the_doing() -> None:
    assert named("가는 게 더 나을까요, 안 가는 게 더 나을까요?", "ko") == ["간다.", "가지 않는다."]
    assert named("그만두는 게 맞을지 계속 다니는 게 맞을지 모르겠다", "ko") == ["그만둔다.", "계속 다닌다."]
    assert named("비가 오는 게 나을까 눈이 오는 게 나을까", "ko") == []


@pytest.mark.parametrize(
    "text",
    [
        "왜 그랬을까? 어떻게 할까?",
        "비가 올지 안 올지 모르겠다",
        "친구가 갈지 말지 모르겠다",
        "책을 읽거나 영화를 보면서 주말을 보냈다",
        "거짓말을 했는데, 밤새 후회했다. 그래도 친구는 나에게 고마워했다.",
    ],
)
def test_korean_doubts_habits_and_others_choices_are_no_options(text: str) -> None:
    assert named(text, "ko") == []


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Should I quit my job or stay?", ["I quit my job.", "I stay."]),
        ("I can't decide whether to tell her or to stay silent.", ["I tell her.", "I stay silent."]),
        ("I wonder whether or not to go", ["I go.", "I do not go."]),
        ("I don't know whether I should apologise or not.", ["I apologise.", "I do not apologise."]),
        ("I must either pay now or lose the house.", ["I pay now.", "I lose the house."]),
        ("Either I go or he leaves.", ["I go.", "He leaves."]),
        ("Should we move, buy a house, or wait?", ["We move.", "We buy a house.", "We wait."]),
    ],
)
def test_english_constructions_become_plain_statements(text: str, options: list[str]) -> None:
    assert named(text, "en") == options


@pytest.mark.parametrize(
    "text", ["What should I do or say?", "She wonders whether to go or stay", "I either cried or slept."]
)
def test_english_open_questions_habits_and_others_choices_are_no_options(text: str) -> None:
    assert named(text, "en") == []


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1) call the police, 2) say nothing, or 3) leave town.", ["call the police", "say nothing", "leave town."]),
        ("My options:\n- go home\n- stay here", ["go home", "stay here"]),
        ("고르자.\n1. 사과한다\n2. 모른 척한다", ["사과한다", "모른 척한다"]),
        ("① 간다 ② 안 간다", ["간다", "안 간다"]),
        ("1) only one", []),
        ("- Ann: hi\n- Bob: hello", []),
        ("2) second\n5) fifth", []),
    ],
)
def test_lists_of_two_and_more_items_are_options_unless_they_are_dialogue(text: str, options: list[str]) -> None:
    assert named(text, "ko" if "다" in text else "en") == options


def test_the_korean_template_of_acting_in_part_reads_well() -> None:
    assert template_options("ko")[1].text == "그중 일부만 행동으로 옮긴다."


@pytest.mark.parametrize("language", ["ko", "en"])
def test_templates_are_three_distinct_sentences_marked_as_such(language: Language) -> None:
    options = template_options(language)
    assert len({option.text for option in options}) == 3
    assert all(option.origin == "template" and option.text.endswith(".") for option in options)
