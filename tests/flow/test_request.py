import json
from pathlib import Path

import pytest

from redheart.results import ENGLISH_ONLY, KOREAN_ONLY
from redheart.types.emotions import POLARITY
from redheart.types.messages import Failure, TaskMessage
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS
from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP, ask, ask_all, settings_of


def without_clock(result: InferResult) -> str:
    return json.dumps(result.model_dump(mode="json", exclude={"timing", "memory"}), ensure_ascii=False)


def test_the_result_survives_its_own_schema(cover_up: InferResult) -> None:
    assert InferResult.model_validate_json(cover_up.model_dump_json()) == cover_up


def test_the_keys_of_the_contract_are_there_and_the_schema_version_comes_first(cover_up: InferResult) -> None:
    keys = list(cover_up.model_dump())
    assert keys[0] == "schema_version"
    contract = (
        "text language sentences analysis circuit scenarios integrated llm provenance timing memory degraded warnings"
    )
    assert set(contract.split()) <= set(keys)


def test_regret_and_gratitude_are_among_the_five_strongest_emotions(cover_up: InferResult) -> None:
    names = [score.name for score in cover_up.analysis.emotion.top]
    assert len(names) == 5
    assert {"remorse", "gratitude"} <= set(names)


def test_each_strong_emotion_points_to_its_sentence(cover_up: InferResult) -> None:
    where = {score.name: score.sentence for score in cover_up.analysis.emotion.top}
    assert where["remorse"] == 0
    assert where["gratitude"] == 1


def test_the_mood_rises_from_the_first_sentence_to_the_second(cover_up: InferResult) -> None:
    first, second = (point.valence for point in cover_up.analysis.emotion.trajectory)
    assert first < 0 < second


def test_sentence_offsets_point_into_the_text(cover_up: InferResult) -> None:
    assert [COVER_UP[s.start : s.end] for s in cover_up.sentences] == [s.text for s in cover_up.sentences]


def test_every_bentham_factor_says_where_it_comes_from(cover_up: InferResult) -> None:
    bentham = cover_up.analysis.bentham
    assert tuple(bentham.factors) == BENTHAM_FACTORS
    assert all(
        factor.source and (factor.value is None) == (factor.kind == "absent") for factor in bentham.factors.values()
    )
    assert set(bentham.layers) == set(WEIGHT_LAYERS)


def test_surd_shares_sum_to_one_over_all_subsets(cover_up: InferResult) -> None:
    surd = cover_up.analysis.surd
    assert surd.shares is not None and surd.subsets == 4
    assert sum(surd.shares.model_dump().values()) == pytest.approx(1, abs=1e-9)


def test_the_circuit_walks_its_steps_in_order_with_reasons(cover_up: InferResult) -> None:
    trace = cover_up.circuit.trace
    assert [step.step for step in trace] == list(range(8))
    assert all(step.reasons for step in trace)


def test_every_null_of_the_integrated_numbers_has_its_reason_in_the_warnings(cover_up: InferResult) -> None:
    nulls = [name for name, value in cover_up.integrated.model_dump().items() if value is None]
    assert nulls == ["regret_potential", "confidence"]  # templates stand in for options here
    assert all(any(name in warning for warning in cover_up.warnings) for name in nulls)


def test_options_of_the_text_are_compared_with_calibrated_confidence() -> None:
    task = TaskMessage(
        "I found a wallet.", options=("I return it to its owner.", "I keep the money and throw it away.")
    )
    decision = ask(settings_of("light"), task).circuit.decision
    assert decision.recommended == 0
    assert decision.confidence is not None and decision.confidence > 0.5


def test_the_same_text_gives_the_same_bytes_in_another_assembly(cover_up: InferResult) -> None:
    assert without_clock(ask(settings_of("medium"), COVER_UP)) == without_clock(cover_up)


def test_one_clause_and_no_second_unit_leave_the_shares_null_with_the_reason() -> None:
    result = ask(settings_of("light"), "I smiled.")
    assert result.analysis.surd.shares is None
    assert any("two units" in warning for warning in result.warnings)
    assert result.integrated.causal_clarity is None


def test_a_text_of_a_hundred_sentences_is_read_whole_and_no_unit_is_left_out() -> None:
    text = " ".join(f"On day {day} I waited for her, and she did not come." for day in range(100))
    result = ask(settings_of("light"), text)
    surd = result.analysis.surd
    assert len(result.analysis.emotion.trajectory) == 100
    assert len(surd.units) == 100 and surd.left_out == ()
    assert surd.estimate or any("100 sentences, more than a sample" in warning for warning in result.warnings)
    assert surd.series is not None and surd.series.samples == 100


def test_a_text_of_twenty_sentences_is_decomposed_from_a_sample_with_its_leak() -> None:
    text = " ".join(f"On day {day} I waited for {'her' if day % 3 else 'my dying father'}." for day in range(20))
    surd = ask(settings_of("light"), text).analysis.surd
    assert surd.shares is not None and surd.subsets == 2048 and len(surd.units) == 20
    assert 0 < surd.shares.leak < 0.5
    assert sum(surd.shares.model_dump().values()) == pytest.approx(1, abs=1e-9)


def test_other_readings_of_the_same_subsets_stand_beside_the_utility(cover_up: InferResult) -> None:
    surd = cover_up.analysis.surd
    assert set(surd.targets) == {"valence", "regret"}
    signs = {term.units: term.coefficient for term in surd.targets["valence"].terms}
    assert signs[(0,)] < 0 < signs[(1,)]  # the lie lowers, the thanks lift
    assert surd.summary and "문장" in surd.summary[0]


def test_a_sentence_longer_than_the_window_is_named() -> None:
    result = ask(settings_of("light"), "I am sad. I miss " + "my friend and " * 400 + "my home.")
    assert any(warning.startswith("analysis: sentences[1]: longer than") for warning in result.warnings)


def test_emotions_scored_by_the_llm_stand_beside_the_reading_and_do_not_change_it(tmp_path: Path) -> None:
    alone = ask(settings_of("light"), "I miss her.")
    script = tmp_path / "script.json"
    view = {"summary": "A loss.", "emotions": {"grief": 0.9}, "stakeholders": [], "options": []}
    script.write_text(json.dumps([view, "You miss her."]))
    asked = ask(settings_of("light", "llm.backend=scripted", f"llm.script={script}"), "I miss her.")
    assert asked.analysis.emotion.estimates.llm == {"grief": 0.9}
    assert asked.analysis.emotion.fused == alone.analysis.emotion.fused


def test_korean_results_say_what_was_learned_in_english_only(cover_up: InferResult) -> None:
    assert ENGLISH_ONLY in cover_up.warnings
    assert ENGLISH_ONLY not in ask(settings_of("light"), "I smiled.").warnings


def test_english_results_leave_the_axes_of_korean_comments_out_and_say_so(cover_up: InferResult) -> None:
    english = ask(settings_of("light"), "I smiled.")
    read = english.analysis.emotion.fused
    assert KOREAN_ONLY in english.warnings and KOREAN_ONLY not in cover_up.warnings
    assert read.axes == {} == read.axis_components and read.axes_reason is not None
    assert cover_up.analysis.emotion.fused.axes and cover_up.analysis.emotion.fused.axes_reason is None


def test_a_failing_text_leaves_its_batch_mates_unharmed() -> None:
    answers = ask_all(settings_of("light"), ["I thanked her.", "   ", "Он пришёл домой поздно вечером.", "She lied."])
    assert [isinstance(answer, Failure) for answer in answers] == [False, True, True, False]


def test_heads_without_a_plain_licence_can_be_left_out_and_are_named() -> None:
    result = ask(settings_of("light", "model.heads_without_plain_licence=false"), COVER_UP)
    assert set(result.degraded) == {"head.appraisal", "head.counterfactual"}
    assert result.analysis.appraisals is None and result.analysis.regret.cues.counterfactual is None
    assert result.analysis.bentham.factors["intensity"].kind == "table"


def test_the_emotion_table_knows_a_sign_for_every_strong_emotion(cover_up: InferResult) -> None:
    assert all(score.name in POLARITY for score in cover_up.analysis.emotion.top)
