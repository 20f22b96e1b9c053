import math
from pathlib import Path
from typing import Any

import pytest
from labelled_files import read_rows, row

from redheart.errors import InputError
from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.network.targets import FACTORS, TARGETS
from redheart.training.corpus.sample import Taught
from redheart.training.corpus.teaches import SETS, VOCABULARIES
from redheart.types.emotions import EMOTIONS

BC = {"choices": ["B", "C"]}


def taught(folder: Path, name: str, **fields: Any) -> Taught:
    return read_rows(folder, name, row(1, **fields)).samples[0].taught


def known(folder: Path, name: str, **fields: Any) -> dict[str, tuple[float, ...]]:
    return dict(taught(folder, name, **fields).documents[0].known)


def factors(folder: Path, name: str, **fields: Any) -> dict[str, float]:
    values = dict(zip(FACTORS, known(folder, name, **fields)["factors"], strict=True))
    return {factor: value for factor, value in values.items() if not math.isnan(value)}


def test_every_teaching_names_targets_that_there_are() -> None:
    for teaching in (*SETS.values(), *VOCABULARIES.values()):
        assert set(teaching.targets) <= set(TARGETS)
        assert teaching.provenance
    licences = {name: teaching.licence for name, teaching in SETS.items()}
    assert licences["isear"] == licences["amcd_en"] == "non-commercial"
    assert licences["scruples_anecdotes"] == "research"
    assert licences["crowd_envent"] == "unstated"
    assert licences["goemotions_en"] == "plain"


def test_goemotions_marks_labels_sign_and_remorse(tmp_path: Path) -> None:
    found = known(tmp_path, "goemotions_en", labels=["remorse", "sadness"])
    assert [name for name, value in zip(EMOTIONS, found["emotion"], strict=True) if value] == ["remorse", "sadness"]
    assert (found["polarity"], found["remorse"]) == ((0.0,), (1.0,))
    mixed = known(tmp_path, "goemotions_en", labels=["joy", "anger"])
    assert math.isnan(mixed["polarity"][0])
    assert mixed["remorse"] == (0.0,)


def test_crowd_envent_ratings_become_factors(tmp_path: Path) -> None:
    scores = dict.fromkeys(SCORES, 1) | {"intensity": 5, "predict_conseq": 2, "urgency": 4}
    fields = {"labels": ["guilt"], "scores": scores, "meta": {"event_duration": "days"}}
    assert factors(tmp_path, "crowd_envent", **fields) == {
        "intensity": 1.0, "duration": 0.75, "certainty": 0.25, "propinquity": 0.75
    }  # fmt: skip
    found = known(tmp_path, "crowd_envent", **fields)
    assert found["duration"][DURATIONS.index("days")] == sum(found["duration"]) == 1
    assert found["event_emotion"][EVENT_EMOTIONS.index("guilt")] == sum(found["event_emotion"]) == 1
    assert found["remorse"] == (1.0,)
    assert found["appraisal"][SCORES.index("intensity")] == 1


def test_isear_answers_become_factors_and_no_answer_stays_unknown(tmp_path: Path) -> None:
    scores = {"INTS": 4, "LONG": 2, "WHEN": 1, "EXPC": 3}
    assert factors(tmp_path, "isear", scores=scores) == {
        "intensity": 1,
        "duration": pytest.approx(1 / 3),
        "propinquity": 1,
    }
    assert factors(tmp_path, "isear", scores=scores | {"WHEN": 4})["propinquity"] == 0
    assert factors(tmp_path, "isear", scores=scores | {"WHEN": 0, "LONG": 0}) == {"intensity": 1}


def test_emobank_ratings_become_signed_dimensions(tmp_path: Path) -> None:
    found = known(tmp_path, "emobank", labels=[], scores={"V": 5, "A": 3, "D": 2})
    assert found["dimensions"] == pytest.approx([1, 0, -0.5])


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("ethics_justice", "reasonable", 1), ("ethics_justice", "unreasonable", 0), ("scruples_anecdotes", "WRONG", 0),
        ("semeval_cfd", "counterfactual", 1), ("amcd_en", "not_counterfactual", 0), ("cnc", "causal", 1),
        ("nsmc", "negative", 0),
    ],
)  # fmt: skip
def test_a_yes_or_no_label_is_one_or_zero(tmp_path: Path, name: str, labels: str, value: float) -> None:
    assert known(tmp_path, name, labels=[labels]) == {SETS[name].targets[0]: (value,)}


def test_a_request_and_its_excuse_are_one_document(tmp_path: Path) -> None:
    found = taught(tmp_path, "ethics_deontology", labels=["reasonable"], text_b="No, I did it yesterday.")
    assert [document.pieces for document in found.documents] == [("Row number 1.", "No, I did it yesterday.")]


@pytest.mark.parametrize(
    ("name", "fields", "target", "preferred", "pieces"),
    [
        ("ethics_utilitarianism", {"text_b": "B", "labels": ["text_more_pleasant"]}, "utility", 0, [("A",), ("B",)]),
        ("scruples_dilemmas", {"text_b": "B", "labels": ["text_b_less_ethical"]}, "utility", 0, [("A",), ("B",)]),
        ("scruples_dilemmas", {"text_b": "B", "labels": ["text_less_ethical"]}, "utility", 1, [("A",), ("B",)]),
        ("moralchoice", BC | {"labels": ["action1_preferred"]}, "utility", 0, [("A", "B"), ("A", "C")]),
        ("ecare", BC | {"labels": ["1"], "meta": {"ask": "effect"}}, "cause", 1, [("A", "B"), ("A", "C")]),
        ("copa_sse", BC | {"labels": ["0"], "meta": {"ask": "cause"}}, "cause", 0, [("B", "A"), ("C", "A")]),
    ],
)  # fmt: skip
def test_a_comparison_is_a_pair_with_the_preferred_one_told(
    tmp_path: Path, name: str, fields: dict[str, Any], target: str, preferred: int, pieces: list[tuple[str, ...]]
) -> None:
    found = taught(tmp_path, name, text="A", **fields)
    assert found.preferred == (target, preferred)
    assert [document.pieces for document in found.documents] == pieces


def test_a_case_without_a_right_answer_teaches_nothing(tmp_path: Path) -> None:
    found = read_rows(tmp_path, "moralchoice", row(1, labels=["ambiguous"], choices=["B", "C"]))
    assert (len(found.samples), found.unlabelled) == (0, 1)


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("crowd_envent", {"scores": {"intensity": 6}}, "field 'scores.intensity': '6' lies outside 1 to 5"),
        ("crowd_envent", {"meta": {"event_duration": "year"}}, "field 'meta.event_duration': 'year' is unknown."),
        ("isear", {"labels": ["joy", "fear"]}, "field 'labels': '2' labels where one should be"),
        ("ecare", {"labels": ["0"], "choices": ["B", "C"]}, "field 'meta.ask': 'null' is neither 'cause' nor 'effect'"),
        ("ecare", {"labels": ["0"], "choices": ["B"], "meta": {"ask": "cause"}}, "field 'choices': '1' choices where"),
        ("ethics_utilitarianism", {"labels": ["text_more_pleasant"]}, "field 'text_b': there is none"),
        ("emobank", {"labels": ["joy"]}, "field 'labels': 'joy' is unknown to this set"),
    ],
)  # fmt: skip
def test_a_row_its_set_cannot_have_is_refused(tmp_path: Path, name: str, fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as refused:
        read_rows(tmp_path, name, row(1, **fields))
    assert f"line 1, {expected}" in str(refused.value)
