"""A whole situation from a text, and how pressing it is."""

import pytest

from redheart.errors import InputError
from redheart.situation.parse import check_length, parse_situation
from redheart.situation.urgency import find_urgency
from redheart.types.situation import TEMPLATE_WARNING

TEXT = "친구의 잘못을 덮어 주려고 거짓말을 했는데, 밤새 후회했다. 그래도 친구는 나에게 고마워했다."


def test_offsets_point_into_the_text_as_given_white_space_included() -> None:
    text = f"\n  {TEXT} 😀 끝났다. \n"
    situation = parse_situation(text, "auto", (), 12)
    assert situation.language == "ko" and len(situation.sentences) >= 2
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in situation.sentences)


def test_only_a_one_sentence_text_has_clauses() -> None:
    assert parse_situation(TEXT, "ko", (), 12).clauses == ()
    clauses = parse_situation(" 거짓말을 했는데, 밤새 후회했다.", "ko", (), 12).clauses
    assert [(clause.text, clause.start) for clause in clauses] == [("거짓말을 했는데,", 1), ("밤새 후회했다.", 11)]


def test_options_come_from_the_user_then_the_text_then_templates() -> None:
    text = "회사를 그만둘까 말까"
    assert [option.origin for option in parse_situation(text, "ko", ("쉰다",), 12).options] == ["user"]
    assert {option.origin for option in parse_situation(text, "ko", (), 12).options} == {"text"}
    stood_in = parse_situation(TEXT, "ko", (), 12)
    assert {option.origin for option in stood_in.options} == {"template"}
    assert stood_in.warnings == (TEMPLATE_WARNING,)


def test_more_options_than_allowed_are_refused_with_both_numbers() -> None:
    with pytest.raises(InputError, match=r"'3' options.*allows 2.*input\.max_options=3"):
        parse_situation(TEXT, "ko", ("가", "나", "다"), 2)


@pytest.mark.parametrize(("text", "options"), [(" \n\t", ()), (TEXT, (" ",))])
def test_empty_text_and_empty_option_are_refused(text: str, options: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="empty"):
        parse_situation(text, "ko", options, 12)


def test_a_given_language_is_taken_without_detection() -> None:
    situation = parse_situation("Bonjour mes amis", "en", (), 12)
    assert (situation.language, situation.language_source) == ("en", "given")


def test_text_over_the_limit_is_refused_with_the_mend() -> None:
    check_length("abc", 3)
    with pytest.raises(InputError, match=r"'4' characters.*max_characters=4"):
        check_length("abcd", 3)


def test_urgency_is_the_share_of_pressing_time_words_or_absent() -> None:
    assert find_urgency("내일까지 급하게 제출해야 한다", "ko") == 1
    assert find_urgency("지금은 쉬고 나중에 하자", "ko") == 0.5
    assert find_urgency("Two years ago I lied; now I must decide today", "en") == pytest.approx(2 / 3)
    assert find_urgency("미안하다", "ko") is None and find_urgency("I know my nowhere man", "en") is None
