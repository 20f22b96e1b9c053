"""Regret over time, and the states that calibrated pairs span."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.regret import COURSES, Course, anticipated_regret, best_probabilities, regret, regret_over_time
from redheart.calculus.regret.turnout import turnout


def pairs(utilities: list[float]) -> list[list[float]]:
    """Bradley-Terry: P(i preferred to j)."""
    return [[float(1 / (1 + np.exp(b - a))) for b in utilities] for a in utilities]


def test_acts_hurt_more_at_first_and_omissions_in_the_long_run_with_one_crossing() -> None:
    days = np.linspace(0, 3650, 3651)
    lead = regret_over_time("action", days) - regret_over_time("inaction", days)
    assert lead[0] > 0 > lead[-1] and (np.diff(np.sign(lead)) != 0).sum() == 1
    crossing = COURSES["two_half_lives"].crossing_days
    assert regret_over_time("action", crossing) == pytest.approx(float(regret_over_time("inaction", crossing)))


@settings(max_examples=50, deadline=None)
@given(start=st.floats(0.1, 5), lead=st.floats(0.01, 5), half_life=st.floats(1, 500), longer=st.floats(1.05, 50))
def test_any_course_that_is_accepted_crosses_where_it_says(start, lead, half_life, longer) -> None:
    course = Course(start + lead, half_life, start, half_life * longer, "a test")
    at = course.crossing_days
    act = course.action_start * 2 ** (-at / course.action_half_life_days)
    omission = course.inaction_start * 2 ** (-at / course.inaction_half_life_days)
    assert at > 0 and act == pytest.approx(omission, rel=1e-9)


def test_a_course_says_that_it_is_stated_and_falls_from_its_start_by_half_a_half_life() -> None:
    course = COURSES["two_half_lives"]
    assert course.source.startswith("stated, not measured")
    assert regret_over_time("action", [0.0, 150.0, 300.0]) == pytest.approx([1.0, 0.5, 0.25])
    assert regret_over_time("inaction", 1800.0) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("envy", 1.0), "kind 'envy'"),
        (("choice", 1.0), "action and inaction only"),
        (("action", -1.0), "days '-1.0'"),
        (("action", float("nan")), "days 'nan'"),
        (("action", 1.0, "cubic"), "course 'cubic'.*two_half_lives"),
    ],
)
def test_what_has_no_course_is_refused(arguments, words) -> None:
    with pytest.raises(ValueError, match=words):
        regret_over_time(*arguments)


@pytest.mark.parametrize(("figures", "words"), [((1, 150, 1, 1800), "action_start"), ((1, 150, 0.5, 150), "half_life")])
def test_a_course_that_would_not_cross_is_refused(figures, words) -> None:
    with pytest.raises(ValueError, match=words):
        Course(*figures, "a test")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=2, max_size=5))
def test_consistent_pairs_give_back_the_choice_rule_they_came_from(utilities) -> None:
    expected = np.exp(utilities - np.logaddexp.reduce(utilities))
    assert best_probabilities(pairs(utilities)) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-15, 15), min_size=2, max_size=5))
def test_the_expected_loss_of_an_option_is_minus_the_log_of_its_chance_to_be_the_best(utilities) -> None:
    world = turnout(pairs(utilities))
    found = regret("savage", world.utilities, world.probabilities).regret
    assert found == pytest.approx(-np.log(best_probabilities(pairs(utilities))), rel=1e-9, abs=1e-12)


def test_for_two_options_that_loss_is_the_smooth_regret_of_their_gap() -> None:
    world = turnout(pairs([0.0, 1.5]))
    assert regret("savage", world.utilities, world.probabilities).regret == pytest.approx(np.log1p(np.exp([1.5, -1.5])))


def test_the_states_are_those_of_utilities_with_gumbel_noise() -> None:
    utilities, rng = np.array([0.0, 1.0, -0.5]), np.random.default_rng(0)
    drawn = utilities + rng.gumbel(size=(200_000, 3))
    best, distance = drawn.argmax(axis=1), drawn.max(axis=1, keepdims=True) - drawn
    world = turnout(pairs(utilities.tolist()))
    assert world.probabilities == pytest.approx(np.bincount(best) / len(best), abs=0.005)
    for state in range(3):
        assert -world.utilities[:, state] == pytest.approx(distance[best == state].mean(axis=0), abs=0.03)


def test_a_gap_beyond_rounding_still_has_states() -> None:
    world = turnout([[0.5, 1.0], [1e-20, 0.5]])
    assert np.isfinite(world.utilities).all() and world.utilities[0, 1] == pytest.approx(-1.0)
    assert world.utilities[1, 0] == pytest.approx(np.log(1e-20))


@pytest.mark.parametrize(
    ("beats", "words"),
    [
        ([[0.5]], r"'\(1, 1\)'"),
        ([[0.5, 0.5]], r"'\(1, 2\)'"),
        ([[0.5, 1.0], [0.0, 0.5]], "'0.0'"),
        ([[0.5, float("nan")], [0.5, 0.5]], "'nan'"),
        ([[0.5, 1.2], [0.5, 0.5]], "'1.2'"),
    ],
)
def test_pairs_without_finite_odds_are_refused(beats, words) -> None:
    with pytest.raises(ValueError, match=words):
        best_probabilities(beats)


def test_savage_of_one_certain_state_is_the_gap_of_the_decision() -> None:
    utilities = [0.5, 1.5, -1.0]
    found = regret("savage", np.array(utilities)[:, None], [1.0]).regret
    assert found == pytest.approx(anticipated_regret(utilities))
