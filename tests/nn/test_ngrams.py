"""Hashed n-grams: which there are, and that they are always the same."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.nn.ngrams import CHARACTERS, Grams, counted, grams_of, keys_of

TEXTS = st.lists(st.text(st.sampled_from("ab ?ㅠ좋아'가A\t\n😂\u0301"), max_size=12), max_size=4)


def windows(sentence: str) -> int:
    """Windows of 2 to 5 characters inside the words of a sentence, spaces at both edges, counted one by one."""
    words = [f" {word} " for word in sentence.split()]
    return sum(max(0, len(word) - size + 1) for word in words for size in CHARACTERS)


def of(grams: Grams, sentence: int) -> tuple[list[int], list[int]]:
    """Sorted hashes of one sentence."""
    words = grams.words[grams.word_sentences == sentence]
    characters = grams.characters[grams.character_sentences == sentence]
    return sorted(words.tolist()), sorted(characters.tolist())


def test_words_and_neighbours_are_counted_and_stop_at_punctuation() -> None:
    grams = grams_of(["I don't like it. at all"])
    assert len(grams.words) == 6 + 4  # no pair over the full stop


@given(st.text(st.sampled_from("ab ?ㅠ좋아\n😂"), max_size=20))
@settings(max_examples=60, deadline=None)
def test_characters_are_the_windows_inside_words(sentence: str) -> None:
    assert len(grams_of([sentence]).characters) == windows(sentence)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_a_sentence_has_the_same_n_grams_alone_and_in_company(sentences: list[str]) -> None:
    together = grams_of(sentences)
    assert all(of(grams_of([each]), 0) == of(together, at) for at, each in enumerate(sentences))


def test_case_composition_and_white_space_make_no_difference() -> None:
    one, other = grams_of(["Caf\u00e9  au\tLAIT"]), grams_of(["cafe\u0301 au lait"])
    assert of(one, 0) == of(other, 0)


def test_different_n_grams_hash_apart() -> None:
    letters = [chr(point) for point in range(ord("가"), ord("가") + 3_000)]
    hashes = grams_of(letters).characters >> np.uint64(32)
    # Each letter: " x", "x ", " x ".
    assert len(np.unique(hashes)) == 9_000


def test_hashes_do_not_depend_on_the_process() -> None:
    code = "from redheart.nn.ngrams import grams_of; print(grams_of(['좋아 it'])[0].tolist())"
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] == f"{grams_of(['좋아 it']).words.tolist()}\n"


def test_every_n_gram_is_counted_for_its_sentence() -> None:
    of_all, alone = counted(["a b a b", "b c", ""]), grams_of(["b c"])
    counts = of_all.counts.toarray()
    own = keys_of(np.concatenate([alone.words, alone.characters]))
    assert of_all.counts.shape == (3, len(of_all.keys)) and (np.diff(of_all.keys.astype(np.int64)) > 0).all()
    assert set(of_all.keys[counts[1] > 0]) == set(own)
    assert counts.sum(1).tolist() == [4 + 3 + 4 * 3, 2 + 1 + 2 * 3, 0]


def test_no_sentence_has_no_n_gram() -> None:
    assert all(len(part) == 0 for part in grams_of([]))


def test_the_second_text_of_a_pair_has_n_grams_of_its_own() -> None:
    first, pair, turned = (set(counted([each]).keys) for each in ("a b", ("a b", "c"), ("c", "a b")))
    assert first < pair and not (pair & turned)
    assert counted(["a b", ("a b", "c")]).counts.sum(1).ravel().tolist() == [[float(len(first)), float(len(pair))]]
