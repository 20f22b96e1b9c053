"""Sentences of an English diary."""

import pytest

from redheart.situation.sentences import split_sentences


@pytest.mark.parametrize(
    "text",
    ["He hugged me. I cried.", "She called me. A friend came.", "No. I left.", "I trusted him in May. I left."],
)
def test_an_end_before_i_or_a_is_an_end(text: str) -> None:
    parts = split_sentences(text, "en")
    assert len(parts) == 2
    assert [text[part.start : part.end] for part in parts] == [part.text for part in parts]


@pytest.mark.parametrize("text", ["Mr. Kim met me at 5 p.m. in room No. 5.", "He told me about Dr. A. Lee."])
def test_an_abbreviation_ends_nothing(text: str) -> None:
    assert len(split_sentences(text, "en")) == 1
