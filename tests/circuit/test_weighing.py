"""Step 5: persons, layers and how sure the sum is."""

import math

import pytest

from redheart.calculus.felicific.culture_weights import culture_weights
from redheart.circuit.ethics import ethics_of
from redheart.circuit.evidence import evidence_of_text
from redheart.circuit.weighing import Scales, weigh
from redheart.types.situation import Stakeholder


def people(*named):
    return tuple(Stakeholder(name=name, group=group, mentions=1, source="r") for name, group in named)


FRIENDS = people(("self", "self"), ("friend", "other"), ("team", "community"))


async def test_each_stakeholder_adds_to_the_core_and_only_the_teller_was_read(
    circuit, situation, readings, appraised, text
):
    outcome = await circuit().decide(text, situation(stakeholders=FRIENDS), readings(appraisals=appraised()))
    bentham, step = outcome.text_bentham, outcome.trace[5]
    assert [(part.name, part.persons, part.read) for part in bentham.contributions] == [
        ("self", 1, True), ("friend", 1, False), ("team", 4, False)]  # fmt: skip
    values = [part.value for part in bentham.contributions]
    assert math.fsum(values) == pytest.approx(bentham.core) and values[2] == pytest.approx(4 * values[0])
    assert "friend, team: own feelings not read, the text's reading is counted for them" in step.reasons


async def test_another_person_adds_as_much_as_the_first(circuit, situation, readings, appraised, text):
    async def core(*named):
        parsed = situation(stakeholders=people(*named))
        return (await circuit().decide(text, parsed, readings(appraisals=appraised()))).text_bentham.core

    one = await core(("self", "self"))
    assert await core(("self", "self"), ("friend", "other")) == pytest.approx(2 * one)
    crowd = [(f"friend {i}", "other") for i in range(19)]  # many more than fill the extent
    assert await core(("self", "self"), *crowd) == pytest.approx(20 * one)


async def test_a_text_that_names_nobody_is_weighed_for_its_teller(circuit, situation, readings, appraised, text):
    outcome = await circuit().decide(text, situation(stakeholders=()), readings(appraisals=appraised()))
    (part,) = outcome.text_bentham.contributions
    assert (part.name, part.read, part.value) == ("self", True, outcome.text_bentham.core)


async def test_the_score_is_the_layers_times_core_and_costs(circuit, situation, readings, appraised, text):
    bentham = (await circuit().decide(text, situation(), readings(appraisals=appraised()))).text_bentham
    assert bentham.weight == pytest.approx(math.prod(bentham.layers.values()))
    assert bentham.score == pytest.approx(bentham.weight * (bentham.core + bentham.costs))


async def test_the_core_has_an_uncertainty_and_the_score_says_what_it_lacks(
    circuit, situation, readings, appraised, text
):
    bentham = (await circuit().decide(text, situation(), readings(appraisals=appraised()))).text_bentham
    assert bentham.core_uncertainty > 0 and bentham.score_uncertainty is None
    assert "held as the rules counted them, which nothing measures: extent;" in bentham.uncertainty_source
    assert bentham.uncertainty_source.endswith("no measured uncertainty of external_cost, redistribution, self_damage")


async def test_without_the_appraisal_head_no_uncertainty_is_made_up(circuit, situation, readings, text):
    bentham = (await circuit().decide(text, situation(), readings())).text_bentham
    assert bentham.core is not None and bentham.core_uncertainty is None and bentham.score_uncertainty is None
    assert "intensity, duration, certainty" in bentham.uncertainty_source


async def test_an_urgency_in_words_is_weighed_once(circuit, situation, readings, appraised, text):
    bentham = (await circuit().decide(text, situation(urgency=0.9), readings(appraisals=appraised()))).text_bentham
    assert bentham.factors["propinquity"].value == 0.9 and bentham.layers["temporal"] == 1.0


def test_a_culture_that_alone_makes_a_principle_weigh_is_named_in_the_layer(situation, readings):
    parsed, culture = situation(), culture_weights("western")
    ethics = ethics_of({"anger": 0.95}, parsed, culture)  # fairness 0.69, and 0.709 under western values
    scales = Scales(("The bus stops.",), "western", culture, "hyperbolic")
    bentham = weigh(evidence_of_text(parsed, readings()), ethics, scales)
    assert "by the western culture alone: justice is 0.69 without it" in bentham.layer_reasons[3]


async def test_the_discount_that_was_set_is_the_one_used(circuit, situation, readings, appraised, text):
    found = {}
    for name in ("hyperbolic", "exponential", "none"):
        parts = situation(urgency=0.5), readings(appraisals=appraised())
        bentham = (await circuit(discount=name).decide(text, *parts)).text_bentham
        found[bentham.discount] = bentham.core
    assert found["hyperbolic"] == pytest.approx(found["none"] / 1.5)
    assert found["exponential"] == pytest.approx(found["none"] / 2**0.5)


async def test_other_published_sums_stand_beside_the_score(circuit, situation, readings, appraised, text):
    parts = situation(("user",)), readings((0.5,), appraisals=appraised())
    outcome = await circuit().decide(text, *parts)
    bentham = outcome.text_bentham
    assert bentham.variants["total_utility"] == pytest.approx(-0.4 - 0.6 + 0.8)
    assert bentham.variants["jeremy"] == pytest.approx(-0.8 * 0.625 * 0.6 * 2)
    assert outcome.decision.options[0].bentham.variants["total_utility"] is None


async def test_a_child_or_a_superior_among_the_stakeholders_weighs_in_the_social_layer(
    circuit, situation, readings, text
):
    parsed = situation(language="ko", stakeholders=people(("self", "self"), ("아이", "other"), ("상사", "other")))
    bentham = (await circuit().decide(text, parsed, readings())).text_bentham
    assert "vulnerable: 아이 (x1.4); influential: 상사 (x1.3)" in bentham.layer_reasons[2]
