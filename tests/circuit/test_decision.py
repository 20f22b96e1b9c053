"""The seven steps together: order, recommendation, confidence, regret, dissent."""

import json
import re

import pytest

from redheart.entrypoints.phrases import Phrases
from redheart.errors import PhaseError
from redheart.types.messages import Readings
from redheart.types.readings import EmotionReading, OptionReadings, TextEmbedding, UtilityReading


async def test_the_trace_holds_the_steps_in_order_and_survives_json(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.1, 0.2)))
    assert [step.step for step in outcome.trace] == list(range(8))
    for step in outcome.trace:
        assert step.reasons and json.loads(json.dumps(step.outputs)) == step.outputs


async def test_the_option_of_highest_utility_is_recommended_with_its_calibrated_confidence(
    circuit, situation, readings, text
):
    outcome = await circuit().decide(text, situation(("user", "text")), readings((0.5, 1.5), (0.1, 0.2)))
    assert outcome.decision.recommended == 1 and outcome.decision.recommended_text == "option 1"
    assert outcome.decision.confidence == 0.7 and "option 0" in outcome.decision.confidence_reason
    assert outcome.decision.dissent == () and outcome.warnings == ()


async def test_the_decision_says_that_those_who_were_not_read_are_counted_as_the_calculus_counts_them(
    circuit, situation, readings, text
):
    outcome = await circuit().decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.1, 0.2)))
    (said,) = [reason for reason in outcome.decision.reasons if "not read" in reason]
    assert said == (
        "the feelings of friend were not read: Bentham's calculus (step 5) counts the one reading there is for them too"
    )
    assert any("counted for them" in reason for reason in outcome.trace[5].reasons)
    assert "벤담의 계산(5단계)은" in Phrases("ko")(said) and "friend의 감정은 따로 읽지 못했습니다" in Phrases("ko")(
        said
    )


async def test_regret_of_each_option_is_its_gap_to_the_best_forgone_one(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user",) * 3), readings((0.5, 1.5, -1.0), (0.1, 0.2, 0.0)))
    assert [verdict.anticipated_regret for verdict in outcome.decision.options] == [1.0, 0.0, 2.5]
    assert [verdict.regret_probability for verdict in outcome.decision.options] == [0.7, 0.2, 0.7]
    assert outcome.regret_anticipated == 2.5 and outcome.regret_potential == 0.2


async def test_templates_get_a_recommendation_but_no_confidence_and_a_warning(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("template",) * 3), readings((0.5, 0.4, 0.3)))
    assert outcome.decision.recommended == 0 and outcome.decision.confidence is None
    assert "template" in outcome.decision.confidence_reason
    assert outcome.regret_potential is None and "regret_potential is null" in outcome.warnings[0]
    assert outcome.regret_anticipated == pytest.approx(0.2)


@pytest.mark.parametrize("origins", [("template",) * 3, ("user",), ("user", "template", "template")])
async def test_a_template_or_a_single_option_has_no_probability_of_regret(circuit, situation, readings, text, origins):
    outcome = await circuit().decide(text, situation(origins), readings((0.5, 0.4, 0.3)[: len(origins)]))
    assert [verdict.regret_probability for verdict in outcome.decision.options] == [None] * len(origins)
    assert outcome.regret_potential is None and outcome.warnings[0].startswith("regret_potential is null:")


async def test_regret_potential_is_said_to_be_one_less_confidence(circuit, situation, readings, text):
    found = readings((0.5, 1.5), (0.1, 0.2))
    options = found[OptionReadings].model_copy(update={"beats": ((0.5, 0.25), (0.75, 0.5))})
    parts = (found[kind] for kind in (EmotionReading, UtilityReading, TextEmbedding))
    outcome = await circuit().decide(text, situation(("user", "user")), Readings(*parts, options))
    assert outcome.regret_potential == 1 - outcome.decision.confidence
    assert outcome.trace[7].reasons[-1] == "regret_potential 0.25 is 1 - confidence"


@pytest.mark.parametrize(("utility", "words"), [(1.5, "1.50 logits above"), (-0.5, "0.50 logits below")])
async def test_a_gap_is_told_without_a_negative_number(circuit, situation, readings, text, utility, words):
    outcome = await circuit().decide(text, situation(("user", "user")), readings((-2.0, utility), (0.1, 0.2)))
    assert words in outcome.decision.reasons[0]
    assert not any(re.search(r"-\d", reason) for reason in outcome.decision.reasons)


async def test_a_single_option_has_no_confidence_and_no_regret(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user",)), readings((0.5,)))
    assert outcome.decision.recommended == 0 and outcome.decision.confidence is None
    assert outcome.regret_anticipated is None and outcome.regret_potential is None
    assert "two options" in outcome.warnings[0]


async def test_without_options_nothing_is_recommended(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(), readings())
    assert outcome.decision.recommended is None and outcome.decision.confidence is None and outcome.scenarios == ()


async def test_emotion_and_bentham_dissent_where_they_prefer_another_option(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.9, -0.4)))
    assert outcome.decision.recommended == 1
    assert [words.split(" (")[0] for words in outcome.decision.dissent] == ["Bentham's calculus", "emotion"]
    assert all("'option 0'" in words for words in outcome.decision.dissent)


async def test_the_three_views_are_the_conformal_interval_held_within_bounds(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user",)), readings((0.5,)))
    views = {view.name: view.valence for view in outcome.scenarios[0].views}
    assert views == pytest.approx({"optimistic": 1.0, "neutral": 0.5, "pessimistic": -0.1})
    assert "90% of which" in outcome.scenarios[0].source


async def test_readings_of_other_options_are_refused(circuit, situation, readings, text):
    with pytest.raises(PhaseError, match="were found"):
        await circuit().decide(text, situation(("user", "user")), readings((0.5,)))


async def test_the_neutral_set_is_that_of_the_language(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(language="ko"), readings())
    assert outcome.text_bentham.neutral_set == ("버스는 모퉁이에서 선다.",)
    assert outcome.text_bentham.utility == -1.2


async def test_only_precedents_that_are_near_enough_are_cited(circuit, situation, readings, store, past, text):
    cases = store(past(0.9), past(0.2))
    outcome = await circuit(cases, precedents=2, precedent_similarity=0.5).decide(text, situation(), readings())
    assert [precedent.similarity for precedent in outcome.precedents] == [0.9] and cases.log == [("recall", 3)]
    assert outcome.trace[0].outputs["precedents"] == [{"case_id": "c" * 64, "similarity": 0.9}]


async def test_a_precedent_that_chose_another_of_the_options_dissents(circuit, situation, readings, store, past, text):
    cases = store(past(0.9, decision="option 0"))
    outcome = await circuit(cases).decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.1, 0.2)))
    assert outcome.decision.dissent == ("a precedent (step 0, similarity 0.90) chose 'option 0'",)


async def test_precedents_do_not_dissent_on_templates(circuit, situation, readings, store, past, text):
    cases = store(past(0.9, decision="option 1"))
    outcome = await circuit(cases).decide(text, situation(("template",) * 2), readings((1.5, 0.5), (0.2, 0.1)))
    assert len(outcome.precedents) == 1 and outcome.decision.dissent == ()


@pytest.mark.parametrize("asked", ["an old lie", "  an old\n lie "])
async def test_a_case_never_cites_itself_and_makes_room_for_another(circuit, situation, readings, store, past, asked):
    other = past(0.8).model_copy(update={"case": past(0.8).case.model_copy(update={"text": "a new lie"})})
    outcome = await circuit(store(past(1.0), other), precedents=1).decide(asked, situation(), readings())
    assert [precedent.text for precedent in outcome.precedents] == ["a new lie"]


async def test_without_a_store_step_zero_says_that_nothing_was_recalled(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(), readings())
    assert outcome.precedents == () and "store is off" in outcome.trace[0].reasons[0]


async def test_the_same_input_gives_the_same_outcome(circuit, situation, readings, text):
    parts = situation(("user", "user")), readings((0.5, 1.5), (0.9, -0.4))
    assert await circuit().decide(text, *parts) == await circuit().decide(text, *parts)
