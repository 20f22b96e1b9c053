"""Which language a text is in."""

import json
from pathlib import Path

import pytest

from redheart.errors import InputError
from redheart.situation.language import detect_language

POLARITY = Path(__file__).parents[1] / "data" / "polarity.jsonl"
ROWS = [json.loads(line) for line in POLARITY.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_plain_sentences_are_recognised(row: dict[str, str]) -> None:
    assert detect_language(row["text"])[0] == row["lang"]


@pytest.mark.parametrize(
    "text", ["ok", "I regret it", "It’s incalculable", "What the fuckkkkk burn itt", "Im sorry, mom"]
)
def test_short_english_is_not_taken_for_another_language(text: str) -> None:
    assert detect_language(text)[0] == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("오늘 meeting에서 boss한테 혼났다", "ko"),
        ("My friend calls me 언니 and I love her for it", "en"),
        ("ㅋㅋㅋ", "ko"),
        ("후회", "ko"),
    ],
)
def test_mixed_text_counts_as_its_dominant_language(text: str, language: str) -> None:
    assert detect_language(text)[0] == language


@pytest.mark.parametrize(
    ("text", "name"),
    [("今日は悲しい", "Japanese"), ("Привет, как дела?", "Russian"), ("Ich habe meinen Freund belogen", "German")],
)
def test_third_language_is_refused_by_name_with_the_mend(text: str, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}.*--language ko"):
        detect_language(text)


@pytest.mark.parametrize("text", ["123 456", "!!!", "😀😀"])
def test_text_without_letters_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no letters"):
        detect_language(text)


def test_source_tells_rule_from_model() -> None:
    assert detect_language("거짓말을 했다")[1].startswith("rule: Hangul")
    assert detect_language("I lied to my friend and regret it")[1].startswith("model: lid.176")
