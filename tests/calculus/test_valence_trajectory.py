"""Fecundity and purity of a course of feeling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.course.trajectory import course_deviation, course_of

VALENCES = st.lists(st.floats(-1, 1), min_size=2, max_size=8)


def test_a_pleasure_followed_by_its_like_is_fecund_and_pure():
    course = course_of([0.5, 1.0, 1.0], 0.8)
    assert (course.fecundity, course.purity) == (1.0, 1.0)


def test_a_pleasure_followed_by_pain_is_neither():
    course = course_of([1.0, -1.0], 0.2)
    assert (course.fecundity, course.purity) == (0.0, 0.0)


def test_a_neutral_sequel_is_pure_but_not_fecund():
    course = course_of([0.8, 0.0, 0.0], 0.3)
    assert (course.fecundity, course.purity) == (0.0, 1.0)


def test_a_pain_that_pains_follow_is_fecund_and_pure_however_the_text_began():
    course = course_of([0.9, -0.5, -0.5], -0.4)
    assert (course.fecundity, course.purity) == (0.5, 1.0)


@given(VALENCES, st.floats(0.01, 1), st.integers(1, 7))
def test_a_further_pain_never_lessens_a_pain(valences, kind, at):
    worse = [v if i != min(at, len(valences) - 1) else -1.0 for i, v in enumerate(valences)]
    before, after = course_of(valences, -kind), course_of(worse, -kind)
    if before.fecundity is not None and before.purity is not None:
        assert after.fecundity >= before.fecundity - 1e-12 and after.purity >= before.purity - 1e-12


@pytest.mark.parametrize(("valences", "reason"), [([], "fewer"), ([0.7], "fewer"), ([0.0, 0.0], "no sentence")])
def test_without_a_sequel_or_a_feeling_both_are_absent_with_the_reason(valences, reason):
    course = course_of(valences, 0.5)
    assert course.fecundity is None and course.purity is None and reason in str(course.reason)


@given(VALENCES)
def test_turning_every_feeling_round_changes_neither(valences):
    assert course_of([-valence for valence in valences], -0.5) == course_of(valences, 0.5)


@given(VALENCES)
def test_both_lie_between_zero_and_one(valences):
    course = course_of(valences, 0.5)
    if course.fecundity is not None and course.purity is not None:
        assert 0 <= course.fecundity <= course.purity + 1e-12 <= 1 + 1e-12


def test_a_valence_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"'1\.5'"):
        course_of([0.0, 1.5], 0.5)


def test_the_deviation_of_the_course_is_that_of_the_signs_it_is_made_of():
    rng, valences = np.random.default_rng(0), (0.9, 0.6, -0.8, 0.2)
    drawn = np.where(rng.random((20_000, 3)) < (1 + np.array(valences[1:])) / 2, 1.0, -1.0)
    found = course_deviation(valences)  # what was felt so far stays pleasant throughout
    assert found == pytest.approx(np.maximum(0, drawn).mean(1).std(), rel=0.02)
    assert found == pytest.approx((1 - np.maximum(0, -drawn).mean(1)).std(), rel=0.02)


def test_a_sentence_that_speaks_against_the_feeling_leaves_fecundity_unsure_too():
    assert course_deviation((0.9, -0.6)) == pytest.approx(0.4)


def test_a_course_of_sure_signs_is_sure_and_one_sentence_has_no_course():
    assert course_deviation((1.0, 1.0, -1.0)) == 0.0
    with pytest.raises(ValueError, match=r"'1' sentence\(s\)"):
        course_deviation((0.5,))
