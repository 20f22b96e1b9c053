import numpy as np
import pytest

from redheart.calculus.interventions.decomposition import Decomposition, Shares, Term, decompose
from redheart.calculus.interventions.subsets import all_subsets
from redheart.calculus.interventions.words import in_words


def said(function, n=2, target="utility", unit="sentence", language="en"):
    values = np.array([function(*row) for row in all_subsets(n)], dtype=float)
    return in_words(decompose(n, values), target, unit, language)


def test_the_strongest_term_comes_first_with_its_share_and_its_direction():
    assert said(lambda a, b: -2.0 * a + 1.0 * b) == (
        "Sentence 1 alone carries 80 %: with it the text reads worse.",
        "Sentence 2 alone carries 20 %: with it the text reads better.",
    )


def test_two_that_count_only_together_are_said_to():
    assert said(lambda a, b: -1.0 * (a and b))[-1] == (
        "Sentences 1 and 2 carry 33 % only together: with both the text reads worse."
    )


def test_two_of_which_one_suffices_are_said_to():
    assert said(lambda a, b: -1.0 * (a or b))[-1] == (
        "Sentences 1 or 2: either suffices, 33 %; with one of them the text reads worse."
    )


def test_one_that_turns_what_the_other_does_is_said_to_hang_together_with_it():
    lines = said(lambda a, b: 4.0 * a * (1 if b else 0.5) - 3.0 * b)
    assert lines[-1].startswith("Sentences 1 and 2 hang together")


def test_a_parity_of_two_is_only_together_though_neither_does_anything_alone():
    assert said(lambda a, b: a ^ b) == ("Sentences 1 and 2 carry 100 % only together: with both the text reads worse.",)


def test_three_of_which_any_suffices_are_said_to():
    alone = tuple(Term((unit,), "unique", -1.0, 0.01) for unit in range(3))
    terms = (*alone, Term((0, 1, 2), "redundant", -1.0, 0.97))
    found = Decomposition(Shares(0, 0.03, 0.97, 0), None, terms, 0.0, 1.0)
    assert in_words(found, "utility", "sentence", "en")[0] == (
        "Sentences 1, 2 or 3: any one suffices, 97 %; with one of them the text reads worse."
    )


def test_what_is_not_worth_a_line_is_summed_up():
    lines = said(lambda *units: any(units), n=6)
    assert lines == ("The other 100 % is spread over smaller terms, mostly sets of which one suffices.",)


def test_a_leak_is_told():
    found = Decomposition(Shares(0, 0.8, 0, 0.2), None, (Term((0,), "unique", 1.0, 0.8),), 0.0, 1.0)
    assert in_words(found, "utility", "sentence", "en")[-1].startswith("20 % leaks")


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (lambda a, b: -1.0 * a, "1번 문장 혼자서 100 %: 이것이 있으면 글이 더 나쁘게 읽힙니다."),
        (lambda a, b: a and b, "1번과 2번 문장, 함께 있을 때만 33 %: 둘 다 있으면 글이 더 낫게 읽힙니다."),
        (
            lambda a, b: a or b,
            "1번이나 2번 문장, 둘 가운데 하나면 충분합니다, 33 %: 하나만 있어도 글이 더 낫게 읽힙니다.",
        ),
    ],
    ids=["unique", "together", "either"],
)
def test_a_korean_text_is_told_in_korean(function, line):
    assert said(function, language="ko")[-1] == line


def test_clauses_and_other_targets_have_their_own_words():
    assert said(lambda a, b: 1.0 * a, target="regret", unit="clause") == (
        "Clause 1 alone carries 100 %: with it the text reads more remorseful.",
    )


def test_without_shares_nothing_is_said():
    assert said(lambda a, b: 0.0) == ()


def test_a_target_without_words_is_refused():
    with pytest.raises(ValueError, match="'joy'"):
        said(lambda a, b: 1.0 * a, target="joy")


def test_of_a_majority_of_three_all_are_not_said_to_read_worse() -> None:
    majority = (all_subsets(3).sum(axis=1) > 1).astype(float)
    lines = in_words(decompose(3, majority), "utility", "sentence", "en")
    assert not any("worse" in line for line in lines)
    assert any("1, 2 and 3 hang together" in line for line in lines)
