"""Perspectives, emotion integration and the ethical values."""

import pytest

from redheart.circuit.ethics import FOUNDATIONS, ethics_of, ethics_step, strongest_of_option
from redheart.circuit.perspectives import perspectives_of
from redheart.circuit.trace import plain, trace_step
from redheart.types.situation import Stakeholder


def people(*groups):
    return tuple(Stakeholder(name=f"{group}{i}", group=group, mentions=1, source="r") for i, group in enumerate(groups))


def test_only_groups_that_are_in_the_text_share_the_weight(situation):
    views = perspectives_of(situation(stakeholders=people("self", "other", "other")))
    assert [(view.group, view.weight) for view in views] == [
        ("other", pytest.approx(0.6)),
        ("self", pytest.approx(0.4)),
    ]
    assert views[0].names == ("other1", "other2") and [view.read for view in views] == [False, True]


def test_community_outweighs_others_and_others_the_teller(situation):
    views = perspectives_of(situation(stakeholders=people("self", "community", "other")))
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
    values = ethics_of({"anger": 0.5}, situation()).values
    assert values == pytest.approx(dict.fromkeys(FOUNDATIONS, 0.5) | {"fairness": 0.6, "authority": 0.45})


def test_members_of_one_base_emotion_count_once_by_the_strongest(situation):
    assert ethics_of({"sadness": 0.4, "grief": 0.8}, situation()).values["care_harm"] == pytest.approx(0.62)


def test_urgency_and_many_stakeholders_shift_as_well(situation):
    crowd = situation(stakeholders=people(*["other"] * 6), urgency=0.9)
    values = ethics_of({}, crowd).values
    assert values["care_harm"] == pytest.approx(0.6) and values["fairness"] == pytest.approx(0.6)


def test_foundations_stay_within_their_clamp(situation):
    every = dict.fromkeys(("joy", "sadness", "anger", "fear", "gratitude"), 1.0)
    values = ethics_of(every, situation(urgency=1.0)).values
    assert values["care_harm"] == 0.9 and min(values.values()) >= 0.1


def test_the_prior_is_reported_as_a_prior(situation):
    ethics = ethics_of({"joy": 1.0}, situation())
    step = ethics_step({"joy": 1.0}, ethics, [])
    assert "prior 0.5, which is no reading" in step.reasons[0]
    assert "loyalty, authority, sanctity, liberty: still the prior" in step.reasons[-1]


def test_the_strongest_emotions_of_an_option_leave_neutral_out():
    probabilities = {"neutral": 0.9, "joy": 0.5, "fear": 0.4, "anger": 0.3, "love": 0.2, "pride": 0.1, "grief": 0.05}
    assert list(strongest_of_option(probabilities)) == ["joy", "fear", "anger", "love", "pride"]


def test_trace_values_are_rounded_to_six_digits_without_a_negative_zero():
    step = trace_step(1, "x", {"a": 1 / 3}, {"b": (-1e-9, None, {"c": 2})}, [])
    assert step.inputs == {"a": 0.333333} and str(step.outputs) == "{'b': [0.0, None, {'c': 2}]}"


def test_a_trace_refuses_what_json_cannot_say():
    with pytest.raises(TypeError, match="'set'"):
        plain({1, 2})
