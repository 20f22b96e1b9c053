"""Perspectives, emotion integration and the ethical values."""

import pytest

from redheart.calculus.felicific.culture_weights import culture_weights
from redheart.circuit.ethics import FOUNDATIONS, SHIFTS, ethics_of, ethics_step
from redheart.circuit.perspectives import perspectives_of
from redheart.circuit.trace import plain, trace_step
from redheart.types.situation import Stakeholder

NONE = culture_weights("none")


def people(*groups):
    return tuple(Stakeholder(name=f"{group}{i}", group=group, mentions=1, source="r") for i, group in enumerate(groups))


def test_only_groups_that_are_in_the_text_share_the_weight(situation):
    views = perspectives_of(situation(stakeholders=people("self", "other", "other")), NONE)
    assert [(view.group, view.weight) for view in views] == [
        ("other", pytest.approx(0.6)),
        ("self", pytest.approx(0.4)),
    ]
    assert views[0].names == ("other1", "other2") and [view.read for view in views] == [False, True]


def test_community_outweighs_others_and_others_the_teller(situation):
    views = perspectives_of(situation(stakeholders=people("self", "community", "other")), NONE)
    assert [(view.group, round(view.weight, 3)) for view in views] == [
        ("community", 0.5),
        ("other", 0.3),
        ("self", 0.2),
    ]


async def test_feelings_of_others_are_named_as_not_read(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(), readings())
    step = outcome.trace[3]
    assert step.outputs["not_read"] == ["friend"] and step.outputs["weight_read"] == pytest.approx(0.4)
    assert outcome.trace[1].outputs["perspectives"][0]["emotion"] == "not read"


def test_an_emotion_shifts_the_foundations_of_its_row_by_its_probability(situation):
    values = ethics_of({"anger": 0.5}, situation(), NONE).values
    assert values == pytest.approx({"fairness": 0.6, "authority": 0.45})


def test_members_of_one_base_emotion_count_once_by_the_strongest(situation):
    assert ethics_of({"sadness": 0.4, "grief": 0.8}, situation(), NONE).values["care_harm"] == pytest.approx(0.62)


def test_urgency_and_many_stakeholders_shift_as_well(situation):
    crowd = situation(stakeholders=people(*["other"] * 6), urgency=0.9)
    values = ethics_of({}, crowd, NONE).values
    assert values["care_harm"] == pytest.approx(0.6) and values["fairness"] == pytest.approx(0.6)


def test_foundations_stay_within_their_clamp(situation):
    every = dict.fromkeys(("joy", "sadness", "anger", "fear", "gratitude"), 1.0)
    values = ethics_of(every, situation(urgency=1.0), NONE).values
    assert values["care_harm"] == 0.9 and min(values.values()) >= 0.1


def test_foundations_that_nothing_moves_are_left_out_of_values_and_reasons(situation):
    ethics = ethics_of({"joy": 1.0, "anger": 0.02}, situation(), NONE)
    step = ethics_step(ethics, [])
    assert step.outputs["text"] == {"care_harm": 0.6, "fairness": pytest.approx(0.554)}
    assert step.reasons[1] == "joy 1.00: care_harm +0.10, fairness +0.05"
    assert "no reading" in step.reasons[0]


def test_a_text_that_moves_no_foundation_says_so(situation):
    step = ethics_step(ethics_of({"joy": 0.01}, situation(), NONE), [])
    assert step.outputs["text"] == {} and step.reasons[-1] == "the text moves no foundation"


def test_foundations_are_ranked_by_their_weight(situation):
    ethics = ethics_of({"anger": 0.9, "fear": 0.5, "joy": 0.1}, situation(), NONE)
    assert list(ethics.values) == sorted(ethics.values, key=lambda name: -ethics.values[name])
    assert next(iter(ethics.values)) == "fairness"


def test_every_foundation_can_be_moved():
    assert {name for row in SHIFTS.values() for name in row} == set(FOUNDATIONS)


def test_trace_values_are_rounded_to_six_digits_without_a_negative_zero():
    step = trace_step(1, "x", {"a": 1 / 3}, {"b": (-1e-9, None, {"c": 2})}, [])
    assert step.inputs == {"a": 0.333333} and str(step.outputs) == "{'b': [0.0, None, {'c': 2}]}"


def test_a_trace_refuses_what_json_cannot_say():
    with pytest.raises(TypeError, match="'set'"):
        plain({1, 2})


def test_the_fuzzy_rules_that_fired_are_told_with_what_they_make_important(situation):
    step = ethics_step(ethics_of({"sadness": 0.8}, situation(), NONE), [])
    assert step.outputs["importance"]["care_harm"]["term"] == "critical"
    assert "importance, rule 2 (strength 0.90): sadness at least strong -> care_harm critical" in step.reasons


def test_a_culture_leaves_the_prior_alone_and_never_works_against_itself(situation):
    """Anger speaks against authority: where authority binds more, it does so less."""
    before, after = (ethics_of({"anger": 1.0}, situation(), culture_weights(name)) for name in ("none", "korean"))
    assert before.values["authority"] == pytest.approx(0.4) == after.without_culture["authority"]
    assert after.values["authority"] == pytest.approx(0.5 - 0.1 / 1.2)
    assert (
        "culture: authority x1.2, order between old and young (장유유서): shift -0.100 becomes -0.083" in after.reasons
    )


def test_an_importance_comes_with_the_strength_of_its_rules(situation):
    step = ethics_step(ethics_of({"sadness": 0.65}, situation(), NONE), [])
    assert step.outputs["importance"]["care_harm"]["strength"] == pytest.approx(0.9 * 0.75)


def test_what_is_hardly_felt_fires_no_rule(situation):
    step = ethics_step(ethics_of({"sadness": 0.2}, situation(), NONE), [])
    assert step.outputs["importance"] == {} and not any("rule" in reason for reason in step.reasons)
