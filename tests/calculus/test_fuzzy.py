"""Linguistic variables are full at their shoulders; rules are checked and their centroids right."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from redheart.calculus.fuzzy import LEAST_PREMISE, LinguisticVariable, Rule, RuleBase, Trapezoid, triangle
from redheart.calculus.linguistic import (
    CONFIDENCE,
    EMOTION_INTENSITY,
    ETHICS_IMPORTANCE,
    FELT,
    FOUNDATIONS,
    RULES,
    ethics_rules,
)

VARIABLES = (EMOTION_INTENSITY, ETHICS_IMPORTANCE, CONFIDENCE)
UNIT = np.linspace(0, 1, 1001)
CORNERS = st.lists(st.integers(0, 20), min_size=4, max_size=4).map(lambda found: [x / 20 for x in sorted(found)])


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_the_outer_terms_are_full_at_the_ends(variable):
    lowest, highest = next(iter(variable.terms)), list(variable.terms)[-1]
    assert variable.memberships(0.0)[lowest] == 1.0 and variable.memberships(1.0)[highest] == 1.0
    assert (variable.term(0.0), variable.term(1.0)) == (lowest, highest)


@settings(max_examples=80, deadline=None)
@given(CORNERS)
def test_memberships_are_those_of_scikit_fuzzy(corners):
    skfuzzy = pytest.importorskip("skfuzzy")
    expected = skfuzzy.trapmf(UNIT, np.array(corners))
    assert Trapezoid(*corners).membership(UNIT) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_terms_rise_with_the_value(variable):
    order = list(variable.terms)
    ranks = [order.index(variable.term(float(x))) for x in UNIT]
    assert ranks == sorted(ranks) and set(ranks) == set(range(len(order)))


def test_a_variable_with_a_gap_and_a_value_out_of_range_are_refused():
    with pytest.raises(ValueError, match="no term of warmth covers"):
        LinguisticVariable("warmth", {"cold": triangle(0, 0, 0.3), "hot": triangle(0.6, 1, 1)})
    with pytest.raises(ValueError, match="confidence is '-0"):
        CONFIDENCE.term(-0.1)
    with pytest.raises(ValueError, match="must rise from 0 to 1"):
        Trapezoid(0.5, 0.2, 0.8, 1.0)


def test_there_are_eleven_rules_and_all_their_names_exist():
    assert len(ethics_rules().rules) == len(RULES) == 11


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule({"joy": "huge"}, ("fairness",), "critical", 0.5), "term of emotion_intensity 'huge'"),
        (Rule({"glee": "strong"}, ("fairness",), "critical", 0.5), "input 'glee'"),
        (Rule({"joy": "strong"}, ("beauty",), "critical", 0.5), "output 'beauty'"),
        (Rule({"joy": "strong"}, ("fairness",), "vital", 0.5), "term of ethics_importance 'vital'"),
        (Rule({"joy": "strong"}, ("fairness",), "critical", 0.0), "weight '0.0'"),
        (Rule({}, ("fairness",), "critical", 0.5), "needs an input and an output"),
        (Rule({"joy": "strong"}, (), "critical", 0.5), "needs an input and an output"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused_at_once(rule, words):
    with pytest.raises(ValueError, match=f"rule 0 .*{words}"):
        RuleBase(FELT, EMOTION_INTENSITY, FOUNDATIONS, ETHICS_IMPORTANCE, (rule,))


def test_a_feeling_beyond_strong_still_fires_the_rules_of_a_strong_one():
    found = ethics_rules().infer({"sadness": 1.0})
    assert found["care_harm"].term == "critical" and found["care_harm"].rules[1] == pytest.approx(0.9)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FELT), st.floats(0, 1), st.floats(0, 1))
def test_more_feeling_never_weakens_a_rule(name, less, more):
    rules = ethics_rules()
    low, high = (rules.infer({name: x}) for x in sorted((less, more)))
    for output, inferred in low.items():
        assert all(high[output].rules[n] >= strength - 1e-12 for n, strength in inferred.rules.items())


def test_the_centroid_of_a_whole_shoulder_is_that_of_its_triangle():
    base = RuleBase(("joy",), EMOTION_INTENSITY, ("fairness",), ETHICS_IMPORTANCE,
                    (Rule({"joy": "strong"}, ("fairness",), "critical", 1.0),))  # fmt: skip
    assert base.infer({"joy": 1.0})["fairness"].value == pytest.approx(0.75 + 0.25 * 2 / 3, abs=1e-12)


FINE = np.linspace(0, 1, 20_001)
FELT_BY = st.fixed_dictionaries(dict.fromkeys(FELT, st.floats(0, 1)))


@settings(max_examples=20, deadline=None)
@given(FELT_BY)
def test_every_centroid_is_that_of_scikit_fuzzy(felt):
    skfuzzy = pytest.importorskip("skfuzzy")
    for inferred in ethics_rules().infer(felt).values():
        shapes = {n: ETHICS_IMPORTANCE.terms[RULES[n].term].membership(FINE) for n in inferred.rules}
        joined = np.max([np.minimum(inferred.rules[n], shape) for n, shape in shapes.items()], axis=0)
        assert inferred.value == pytest.approx(skfuzzy.defuzz(FINE, joined, "centroid"), abs=1e-6)


def test_the_centroid_of_a_term_that_begins_at_once_is_that_of_its_rectangle():
    inferred = LinguisticVariable("worth", {"low": Trapezoid(0, 0, 0.3, 0.3), "high": Trapezoid(0.3, 0.3, 1, 1)})
    rules = (Rule({"joy": "strong"}, ("fairness",), "high", 0.7),)
    base = RuleBase(("joy",), EMOTION_INTENSITY, ("fairness",), inferred, rules)
    assert base.infer({"joy": 1.0})["fairness"].value == pytest.approx(0.65, abs=1e-12)


def test_a_term_without_a_width_is_refused():
    point = LinguisticVariable("worth", {"all": Trapezoid(0, 0, 1, 1), "half": triangle(0.5, 0.5, 0.5)})
    with pytest.raises(ValueError, match="infers 'half', which has no width"):
        RuleBase(("joy",), EMOTION_INTENSITY, ("care",), point, (Rule({"joy": "strong"}, ("care",), "half", 1.0),))


@pytest.mark.parametrize(("felt", "is_told"), [(0.5001, False), (0.599, False), (0.6, True)])
def test_a_premise_that_rather_does_not_hold_makes_nothing_important(felt, is_told):
    found = ethics_rules().infer({"sadness": felt})
    assert ("care_harm" in found) == is_told
    assert not is_told or found["care_harm"].strength == pytest.approx(0.9 * LEAST_PREMISE)


@settings(max_examples=60, deadline=None)
@given(FELT_BY, st.sampled_from(FELT), st.floats(-1e-4, 1e-4))
@example({"sadness": 1.0, "joy": 0.6}, "joy", -1e-5)  # a further rule's premise falls below the boundary
def test_a_small_change_of_a_feeling_changes_an_importance_little(felt, name, change):
    """But for the stated boundary, at which an output comes or goes."""
    before = ethics_rules().infer(felt)
    after = ethics_rules().infer(felt | {name: min(1.0, max(0.0, felt[name] + change))})
    for output in before.keys() & after.keys():
        assert abs(after[output].value - before[output].value) <= 20 * abs(change) + 1e-12


@settings(max_examples=60, deadline=None)
@given(FELT_BY)
def test_the_strength_told_is_that_of_the_strongest_rule(felt):
    assert all(each.strength == max(each.rules.values()) for each in ethics_rules().infer(felt).values())


def test_what_nothing_is_felt_for_has_no_importance():
    assert ethics_rules().infer(dict.fromkeys(FELT, 0.0)) == {} == ethics_rules().infer({})
