"""Who is in a text."""

import pytest

from redheart.situation.stakeholders import NARRATION_RULE, find_stakeholders
from redheart.types.situation import Language


def found(text: str, language: Language) -> dict[str, tuple[str, int]]:
    return {person.name: (person.group, person.mentions) for person in find_stakeholders(text, language)}


def test_korean_people_are_counted_by_morpheme_with_the_writer_first() -> None:
    text = "우리 회사 동료가 내 일을 빼앗았다. 나는 팀장님께 말했고 동료들도 알았다."
    people = found(text, "ko")
    assert people["self"] == ("self", 2) and people["동료"] == ("other", 2)
    assert people["팀장님"] == ("other", 1) and people["우리"] == ("community", 1)
    assert next(iter(people)) == "self"


@pytest.mark.parametrize("text", ["나무가 자란다.", "저 산이 높다.", "이사를 했더니 방이 넓다.", "그때 비가 왔다."])
def test_korean_words_that_only_look_like_people_are_not_people(text: str) -> None:
    assert found(text, "ko") == {}


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("그 사람이 왔다.", {"그 사람": "other"}),
        ("두 사람이 싸웠다.", {"두 사람": "other"}),
        ("내가 사랑하는 사람에게 말했다.", {"self": "self", "사람": "other"}),
        ("사람은 누구나 죽는다.", {"사람": "community"}),
        ("사람들이 웃었다.", {"사람들": "community"}),
        ("우리 엄마가 울었다.", {"self": "self", "엄마": "other"}),
        ("저희 부장님이 화냈다.", {"self": "self", "부장님": "other"}),
        ("우리는 졌다.", {"우리": "community"}),
    ],
)
def test_korean_one_person_and_ones_own_people_are_no_community(text: str, people: dict[str, str]) -> None:
    assert {name: group for name, (group, _) in found(text, "ko").items()} == people


def test_korean_names_are_people_when_addressed_as_such() -> None:
    assert found("민수 씨에게 미안하다고 말하고 싶다.", "ko")["민수"] == ("other", 1)


def test_korean_narration_without_a_subject_is_told_by_the_writer() -> None:
    (person,) = find_stakeholders("밤새 후회했다. 너무 미안하다.", "ko")
    assert (person.name, person.mentions, person.source) == ("self", 2, NARRATION_RULE)


@pytest.mark.parametrize(
    "text", ["앉으세요.", "비가 온다.", "엄마가 울었다. 밤새 후회했다.", "인생은 고통이다.", "밥 먹었니?", "밥 먹었어?"]
)
def test_commands_questions_and_others_stories_get_no_narrator(text: str) -> None:
    assert "self" not in found(text, "ko")


def test_english_forms_of_a_person_are_one_stakeholder() -> None:
    people = found("I told her that my co-workers and her colleague lied to Mr. Kim, everyone knew.", "en")
    assert people["self"] == ("self", 2) and people["she"] == ("other", 2) and people["colleague"] == ("other", 2)
    assert people["Kim"] == ("other", 1) and people["everyone"] == ("community", 1)


def test_english_abbreviations_are_not_people() -> None:
    assert found("The US budget, i.e. the whole of it, grew.", "en") == {}
