import json
import math
from pathlib import Path
from typing import Any

import pytest
from labelled_files import LengthVectors, array_file, lines_file, record

from redheart.errors import InputError
from redheart.nn.network.targets import FACTORS, RECORD_EMOTIONS
from redheart.training.corpus.distribution import DataReport
from redheart.training.corpus.load import load_splits
from redheart.training.corpus.reading import read_file


def known(path: Path) -> dict[str, tuple[float, ...]]:
    return dict(read_file(path).samples[0].taught.documents[0].known)


def variant(**fields: Any) -> dict[str, Any]:
    kept = {key: value for key, value in record(1).items() if key not in ("emotions", "title", "action", "label")}
    return kept | {
        "emotion_vector": [0.1, 0.1, 0.3, 0.1, 0.2, 0.1, 0.1], "emotion_labels": {"fear": "main"},
        "context_embedding": [0.5] * 768, "metadata": {"title": "t", "action": "a", "label": "AUTHOR", "type": "x"},
        **fields,
    }  # fmt: skip


def test_the_list_of_emotions_is_seven_shares_of_one(tmp_path: Path) -> None:
    found = known(array_file(tmp_path / "records.json", [record(1, emotions=[0.2, 0, 0.8, 0, 0.4, 0, 0.6])]))
    assert found["base_emotion"] == pytest.approx([0.1, 0, 0.4, 0, 0.2, 0, 0.3])


def test_what_a_record_does_not_say_is_unknown_and_never_a_half(tmp_path: Path) -> None:
    found = known(lines_file(tmp_path / "records.jsonl", [record(1, bentham_scores={"intensity": 0.7}, label="INFO")]))
    factors = dict(zip(FACTORS, found["factors"], strict=True))
    assert factors.pop("intensity") == 0.7
    assert all(math.isnan(value) for value in factors.values())
    assert "acceptable" not in found


def test_a_decision_profile_teaches_no_decomposition(tmp_path: Path) -> None:
    found = read_file(array_file(tmp_path / "records.json", [record(1)]))
    assert "surd" not in found.samples[0].taught.documents[0].known
    assert "surd" not in found.targets
    assert "no decomposition" in found.notes[0]


def test_the_variant_teaches_the_same_and_its_embedding_is_not_read(tmp_path: Path) -> None:
    plain = known(array_file(tmp_path / "records.json", [record(1, label="AUTHOR")]))
    other = array_file(tmp_path / "variant.json", [variant()])
    assert known(other) == plain
    assert "`context_embedding` is not read" in read_file(other).notes[1]


def test_named_shares_stand_in_for_a_vector_where_all_seven_are_numbers(tmp_path: Path) -> None:
    named = dict(zip(("Joy", *RECORD_EMOTIONS[1:]), [0.1, 0.1, 0.3, 0.1, 0.2, 0.1, 0.1], strict=True))
    path = array_file(tmp_path / "variant.json", [variant(emotion_vector=None, emotion_labels=named)])
    assert known(path)["base_emotion"] == pytest.approx(list(named.values()))
    with pytest.raises(InputError, match="line 2, field 'emotion_labels': '1' names"):
        read_file(array_file(path, [variant(emotion_vector=None)]))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"emotions": [0.5, 0.5]}, "field 'emotions': '2' numbers where seven should be"),
        ({"emotions": {"joy": 1.0}}, "field 'emotions': '{\"joy\": 1.0}' is refused: a list is wanted"),
        ({"emotions": [0.5, -0.1, 0, 0, 0, 0, 0.6]}, "field 'emotions.1': '-0.1' is refused"),
        ({"emotions": [0] * 7}, "field 'emotions': '0' is their sum, where shares of 1 are wanted"),
        ({"emotions": ["0.5", 0, 0, 0, 0, 0, 0.5]}, "field 'emotions.0': '0.5' is refused: a number is wanted"),
        ({"regret_factor": -0.2}, "field 'regret_factor': '-0.2' is refused: it must be 0 or more"),
        ({"bentham_scores": {"intensity": 7}}, "field 'bentham_scores.intensity': '7' is refused"),
        ({"bentham_scores": {"intensty": 0.7}}, "field 'bentham_scores.intensty': it is unknown. Did you mean 'intens"),
        ({"surd_metrics": {"risk": 2}}, "field 'surd_metrics.risk': '2' is refused"),
        ({"label": "GUILTY"}, "field 'label': 'GUILTY' is none of 'AUTHOR', 'EVERYBODY', 'INFO', 'NOBODY' or 'OTHER'"),
        ({"text": 5}, "field 'text': a number is refused: a text is wanted"),
    ],
)
def test_a_record_off_its_schema_is_refused(tmp_path: Path, fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as refused:
        read_file(lines_file(tmp_path / "records.jsonl", [record(1), record(2, **fields)]))
    assert f"line 2, {expected}" in str(refused.value)


def test_the_report_shows_every_emotion_of_the_lists_and_not_the_first_for_all(tmp_path: Path) -> None:
    shares = [[0.7 if i == n % 7 else 0.05 for i in range(7)] for n in range(200)]
    path = array_file(tmp_path / "records.json", [record(n, emotions=each) for n, each in enumerate(shares)])
    report = load_splits([path], 0, LengthVectors()).report
    target = next(each for each in report.targets if each.name == "base_emotion")
    train = target.splits["train"]
    assert {label.name for label in train.labels if label.count > 0.05 * train.known} == set(RECORD_EMOTIONS)
    assert target.splits["validation"].baseline["accuracy"] < 0.5


def test_one_emotion_for_all_is_warned_of(tmp_path: Path) -> None:
    first = [0.94, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]
    path = array_file(tmp_path / "records.json", [record(n, emotions=first) for n in range(100)])
    report = load_splits([path], 0, LengthVectors()).report
    assert any("'base_emotion'" in w and "a constant label makes accuracy meaningless" in w for w in report.warnings)
    assert any("'regret', 'regret'" in w and "all" in w for w in report.warnings)
    assert json.loads(report.model_dump_json())["targets"]


def test_emotion_shares_that_do_not_sum_to_one_are_a_doubt_with_file_line_and_sum(tmp_path: Path) -> None:
    odd = {n: [0.5] * 7 for n in (4, 20, 31, 32, 40)}
    rounded = [0.11, 0.11, 0.31, 0.11, 0.2, 0.1, 0.09]  # 1.03, as seven numbers of two digits may
    rows = [record(n, emotions=odd.get(n, rounded)) for n in range(1, 61)]
    report = load_splits([lines_file(tmp_path / "stories.jsonl", rows)], 0, LengthVectors()).report
    (warning,) = [each for each in report.warnings if "do not sum to 1" in each]
    assert warning.startswith("data file 'stories.jsonl': the emotion shares of 5 of 60 records")
    assert "(line 4 to 3.5, line 20 to 3.5, line 31 to 3.5 and 2 more)" in warning
    assert DataReport.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize("fields", [{"emotion_vector": [0.5] * 7}, {"emotion_vector": None, "emotion_labels": {}}])
def test_sums_of_the_variant_are_doubted_alike(tmp_path: Path, fields: dict[str, Any]) -> None:
    if "emotion_labels" in fields:
        fields = fields | {"emotion_labels": dict.fromkeys(RECORD_EMOTIONS, 0.5)}
    assert read_file(array_file(tmp_path / "variant.json", [variant(**fields)])).sums == {2: 3.5}


def test_records_whose_shares_sum_to_one_leave_no_doubt(tmp_path: Path) -> None:
    found = read_file(lines_file(tmp_path / "stories.jsonl", [record(1), record(2, emotions=None)]))
    assert found.sums == {}
