"""Clauses of one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.situation.clauses import split_clauses
from redheart.types.situation import Language, Sentence


def clauses(text: str, language: Language, start: int = 0) -> list[str]:
    sentence = Sentence(index=0, text=text, start=start, end=start + len(text))
    return [clause.text for clause in split_clauses(sentence, language)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("거짓말을 했는데, 밤새 후회했다.", ["거짓말을 했는데,", "밤새 후회했다."]),
        ("가려고 했는데 못 갔다", ["가려고 했는데", "못 갔다"]),
        ("회사를 그만두고 싶지만 돈이 없다", ["회사를 그만두고 싶지만", "돈이 없다"]),
        ("안 가면 안 된다고 했는데도 혼났다", ["안 가면 안 된다고 했는데도 혼났다"]),
        ("비가 오면 좋겠다", ["비가 오면 좋겠다"]),
        ("와서 울었다", ["와서 울었다"]),  # 와서 alone is too short a clause
    ],
)
def test_korean_is_cut_after_joining_endings_but_not_before_auxiliaries(text: str, parts: list[str]) -> None:
    assert clauses(text, "ko") == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I lied for him, but I regret it.", ["I lied for him,", "but I regret it."]),
        ("I was so tired that I went home", ["I was so tired that I went home"]),
        ("My brother and I fought because of money", ["My brother and I fought because of money"]),
        ("However, she left while I was asleep", ["However, she left", "while I was asleep"]),
        ("I stayed home — nobody called me", ["I stayed home —", "nobody called me"]),
        ("Even though it hurt me, I stayed", ["Even though it hurt me,", "I stayed"]),
        ("It cost 1,000 won", ["It cost 1,000 won"]),
    ],
)
def test_english_is_cut_at_punctuation_and_clause_conjunctions(text: str, parts: list[str]) -> None:
    assert clauses(text, "en") == parts


def test_offsets_refer_to_the_text_the_sentence_came_from() -> None:
    text = "😀 서론. 거짓말을 했는데, 밤새 후회했다."
    start = text.index("거짓말")
    sentence = Sentence(index=1, text=text[start:], start=start, end=len(text))
    found = split_clauses(sentence, "ko")
    assert [text[clause.start : clause.end] for clause in found] == ["거짓말을 했는데,", "밤새 후회했다."]


WORDS = [
    "나는",
    "거짓말을",
    "했는데,",
    "울었지만",
    "와서",
    "😀",
    "후회했다.",
    "but",
    "I",
    "cried,",
    "because",
    "and",
    "so",
    ";",
    "—",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), st.sampled_from(["ko", "en"]), st.integers(0, 9))
def test_clauses_cover_every_word_once_in_order(words: list[str], language: Language, start: int) -> None:
    text = " ".join(words)
    found = split_clauses(Sentence(index=0, text=text, start=start, end=start + len(text)), language)
    assert " ".join(clause.text for clause in found).split() == words
    edges = [edge for clause in found for edge in (clause.start, clause.end)]
    assert edges == sorted(edges) and all(clause.start < clause.end for clause in found)
    assert all(text[clause.start - start : clause.end - start] == clause.text for clause in found)
    assert len(found) == 1 or all(len(clause.text.split()) > 1 or len(clause.text) >= 4 for clause in found)
