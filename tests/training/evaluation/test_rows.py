"""Files of rows: what is read, and what is refused with file and line."""

import gzip
import json
from pathlib import Path

import pytest

from redheart.errors import InputError
from redheart.training.evaluation.rows import chosen_splits, digest_of, read_file
from redheart.training.evaluation.task import Task
from tests.training.evaluation.known import write_rows

LABELS = Task.model_validate({"parts": [{"name": "a", "kind": "labels", "head": "emotion", "metrics": ["ece"]}]})
PAIRS = Task.model_validate(
    {"read": "pair", "parts": [{"name": "a", "kind": "pair", "head": "utility", "first": ["x"], "metrics": ["ece"]}]}
)


def test_plain_and_packed_rows_are_the_same_whatever_their_order(tmp_path: Path) -> None:
    rows = [{"id": f"r-{at}", "text": f"Text {at}.", "labels": []} for at in range(20)]
    plain = read_file(write_rows(tmp_path / "a.jsonl", rows), LABELS)["dev"]
    packed = read_file(write_rows(tmp_path / "b.jsonl.gz", rows[::-1]), LABELS)["dev"]
    assert [each.row for each in plain] == [each.row for each in packed]
    assert digest_of(plain) == digest_of(packed[::-1]) != digest_of(plain[1:])


def test_further_fields_scores_and_splits_of_any_name_are_taken(tmp_path: Path) -> None:
    row = {"text": "A.", "split": "test_hard", "scores": {"readers_joy": 3, "intensity": 4.5}, "note": 1, "meta": {}}
    found = read_file(write_rows(tmp_path / "a.jsonl", [row]), LABELS)
    assert found["test_hard"][0].row.scores == {"readers_joy": 3, "intensity": 4.5}


def test_fields_may_be_called_otherwise_and_labels_be_numbers(tmp_path: Path) -> None:
    fields = {"text": "sentence", "labels": "label", "split": "part"}
    task = LABELS.model_copy(update={"fields": LABELS.fields.model_copy(update=fields)})
    path = write_rows(tmp_path / "a.jsonl", [{"sentence": "나는 기쁘다.", "label": 1, "lang": None}])
    (row,) = read_file(path, task)["rows"]
    assert (row.row.text, row.row.labels, row.language) == ("나는 기쁘다.", ("1",), "ko")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"labels": []}, "field 'text': it is missing"),
        ({"text": " \n"}, "a text that says nothing"),
        ({"text": 3}, "a number stands where a text should"),
        ({"text": "A.", "labels": [["a"]]}, "names are wanted"),
        ({"text": "A.", "scores": {"V": "high"}}, "field 'scores.V'"),
        ({"text": "A.", "lang": "kr"}, "'kr' is no language that is read"),
        ({"text": "A.", "id": None}, "field 'id'"),
        ({"text": "A.", "choices": ["", "b"]}, "field 'choices'"),
        ({"text": "A.", "meta": []}, "where an object should"),
    ],
)
def test_a_row_of_another_schema_is_refused_with_its_line(tmp_path: Path, row: dict, said: str) -> None:
    path = write_rows(tmp_path / "a.jsonl", [{"text": "Good."}, row])
    with pytest.raises(InputError, match=r"a\.jsonl', line 2") as caught:
        read_file(path, LABELS)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"id": 1, "text": "A.", "scores": {"V": NaN}}\n', "line 1: 'NaN' is no JSON number"),
        (b"\x80\x04\x95\x00\x00\x00\x00\x00", "a pickle"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is no UTF-8"),
        (b"a\x00b\x00c", "a binary file"),
        (b'{"id": 1, "text": "A."}\n{"id": 2, "te', "line 2: no whole JSON object"),
        (gzip.compress(json.dumps({"id": 1, "text": "A."}).encode() * 400, mtime=0)[:-12], "cut short"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(path, LABELS)
    assert said in str(caught.value) and str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_file(tmp_path / "none.jsonl", LABELS)
    with pytest.raises(InputError, match="is a folder"):
        read_file(tmp_path, LABELS)


def test_a_pair_without_its_second_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1, field 'text_b': it is missing"):
        read_file(write_rows(tmp_path / "a.jsonl", [{"text": "A."}]), PAIRS)


def test_train_is_judged_only_when_it_is_named(tmp_path: Path) -> None:
    assert chosen_splits(tmp_path, ["train", "dev", "test"], None) == ["dev", "test"]
    assert chosen_splits(tmp_path, ["train", "dev"], "train") == ["train"]
    with pytest.raises(InputError, match="only rows of split 'train'"):
        chosen_splits(tmp_path, ["train"], None)
    with pytest.raises(InputError, match="Did you mean 'test_hard'"):
        chosen_splits(tmp_path, ["dev", "test_hard"], "test_hrad")
