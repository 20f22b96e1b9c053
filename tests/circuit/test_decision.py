"""The seven steps together: order, recommendation, confidence, regret, dissent."""

import json

import pytest

from redheart.errors import PhaseError


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


async def test_the_three_views_are_the_calibrated_interval_held_within_bounds(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(("user",)), readings((0.5,)))
    views = {view.name: view.valence for view in outcome.scenarios[0].views}
    assert views == pytest.approx({"optimistic": 1.0, "neutral": 0.5, "pessimistic": -0.1})
    assert "90% coverage" in outcome.scenarios[0].source


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
    assert [precedent.similarity for precedent in outcome.precedents] == [0.9] and cases.log == [("recall", 2)]
    assert outcome.trace[0].outputs["precedents"] == [{"case_id": "c" * 64, "similarity": 0.9}]


async def test_a_precedent_that_chose_another_of_the_options_dissents(circuit, situation, readings, store, past, text):
    cases = store(past(0.9, decision="option 0"))
    outcome = await circuit(cases).decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.1, 0.2)))
    assert outcome.decision.dissent == ("a precedent (step 0, similarity 0.90) chose 'option 0'",)


async def test_without_a_store_step_zero_says_that_nothing_was_recalled(circuit, situation, readings, text):
    outcome = await circuit().decide(text, situation(), readings())
    assert outcome.precedents == () and "store is off" in outcome.trace[0].reasons[0]


async def test_the_same_input_gives_the_same_outcome(circuit, situation, readings, text):
    parts = situation(("user", "user")), readings((0.5, 1.5), (0.9, -0.4))
    assert await circuit().decide(text, *parts) == await circuit().decide(text, *parts)
