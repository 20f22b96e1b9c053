import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from labelled_files import array_file, lines_file, record, row

from redheart.errors import InputError
from redheart.training.corpus.reading import read_file
from redheart.training.corpus.sources import data_files


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_file(path)
    return str(refused.value)


def raw(folder: Path, content: bytes, name: str = "goemotions_en.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def line(**fields: Any) -> bytes:
    return json.dumps(row(1, **fields)).encode() + b"\n"


def test_plain_gzipped_marked_and_windows_files_read_alike(tmp_path: Path) -> None:
    content = json.dumps(row(1)).encode() + b"\n" + json.dumps(row(2)).encode() + b"\n"
    forms = [content, gzip.compress(content), b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), content[:-1]]
    read = [read_file(raw(tmp_path, form)).samples for form in forms]
    assert all(each == read[0] for each in read)
    assert [(sample.id, sample.line) for sample in read[0]] == [("r1", 1), ("r2", 2)]


def test_a_record_of_an_array_is_named_by_the_line_on_which_it_begins(tmp_path: Path) -> None:
    path = array_file(tmp_path / "scruples.json", [record(1), record(2, regret_factor=1.5), record(3)])
    begins = 1 + next(i for i, text in enumerate(path.read_text().splitlines()) if '"s2"' in text) - 1
    said = refusal(path)
    assert f"scruples.json', line {begins}, field 'regret_factor': '1.5'" in said


def test_an_array_on_one_line_longer_than_any_row_may_be_is_read(tmp_path: Path) -> None:
    many = [record(i, text=f"Number {i}. " + "They were cross. " * 200) for i in range(500)]
    path = array_file(tmp_path / "records.json", many, indent=None)
    assert path.stat().st_size > 1 << 20
    assert len(read_file(path).samples) == 500


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty (0 bytes)"),
        (b" \n\n", "line 1: the file holds no row"),
        (b"PK\x03\x04rest", "line 1: this is a zip archive"),
        (b"PAR1rest", "line 1: this is a Parquet file"),
        ("{}".encode("utf-16"), "line 1: this is UTF-16 text"),
        (b"\x00\x01\x02", "line 1: this is a binary file"),
        (line() + b'{"id": "\xff"}\n', "line 2: byte '0xff' at 8 is no UTF-8"),
        (gzip.compress(line() * 400)[:-9], "the gzip file is cut short or damaged"),
        (b"[", "line 1: record 1: no object begins here"),
        (b"[]", "line 1: record 1: no object begins here"),
        (b'[{"id": "1",\n "text": "x', "line 1: record 1: the file ends inside it: it was cut short"),
        (line() + b"{\n", "line 2: no whole JSON object"),
        (line() + b"[1]\n", "line 2: 'list' where an object should be"),
        (b'{"text": ' + b"[" * 100_000 + b"\n", "line 1: JSON that cannot be read"),
        (b'{"colour": 1}\n', "line 1: its fields ('colour') are neither a row's"),
        (line(scores={"V": float("nan")}), "line 1: 'NaN' is no JSON number"),
        (line(scores={"V": float("inf")}), "line 1: 'Infinity' is no JSON number"),
        (b'{"id": "1", "text": "x", "lang": "en", "scores": {"V": 1e999}}\n', "field 'scores.V': 'inf' is refused"),
        (line(labels="joy"), "field 'labels': 'joy' is refused: input should be a valid list"),
        (line(lang="fr"), "field 'lang': 'fr' is none of 'en' or 'ko'"),
        (line(split="trian"), "field 'split': 'trian' is none of 'train', 'dev' or 'test'"),
        (line(label=["joy"]), "field 'label': it is unknown. Did you mean 'labels'?"),
        (line(labels=["joj"]), "field 'labels': 'joj' is unknown to this set. Did you mean 'joy'?"),
        (line(text=" "), "field 'text': a str of 1 characters that says nothing"),
        (b'{"id": "1", "labels": ["joy"]}\n', "field 'text': it is missing. Add it."),
        (b'{"id": "1", "text": "\\ud800", "labels": ["joy"], "lang": "en"}\n', "field 'text': a str"),
        (line(text="x" * 10_000_000), "line 1: the line is longer than '1,048,576' bytes"),
    ],
)
def test_a_bad_file_is_refused_by_name_with_line_field_value_and_mend(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    said = refusal(raw(tmp_path, content))
    assert "goemotions_en.jsonl'" in said
    assert expected in said
    assert "\n" not in said
    assert len(said) < 1000


@pytest.mark.parametrize("cut", [1, 40, 200, 3000])
def test_an_array_cut_anywhere_is_refused_as_cut_short(tmp_path: Path, cut: int) -> None:
    path = array_file(tmp_path / "records.json", [record(i) for i in range(20)])
    path.write_bytes(path.read_bytes()[:-cut])
    assert "it was cut short. Fetch it again." in refusal(path)


def test_a_fault_in_an_array_names_its_record(tmp_path: Path) -> None:
    path = array_file(tmp_path / "records.json", [record(1), record(2)])
    path.write_text(path.read_text().replace('"title"', "title"))
    assert "line 2: record 1: no whole JSON object" in refusal(path)


def test_a_line_too_long_hides_no_other_fault(tmp_path: Path) -> None:
    said = refusal(raw(tmp_path, line() + line(id="r2", text="y" * 2_000_000) + line(id="r3", labels=["joj"])))
    assert "line 2: the line is longer" in said
    assert "Also line 3, field 'labels'" in said


def test_three_faults_are_told_and_the_rest_are_counted(tmp_path: Path) -> None:
    path = lines_file(tmp_path / "goemotions_en.jsonl", [row(i, labels=["joj"]) for i in range(10)])
    said = refusal(path)
    assert said.count("'joj'") == 3
    assert said.endswith("And 7 more like these.")


def test_no_word_of_a_text_is_in_a_refusal(tmp_path: Path) -> None:
    bad = [row(1, text="SECRET", text_b=["SECRET"]), row(2, text=["SECRET"]), row(3, text="SECRET", lang="xx")]
    broken = b'{"id": "4", "text": "SECRET" SECRET}\n'
    path = lines_file(tmp_path / "goemotions_en.jsonl", bad)
    assert "SECRET" not in refusal(path)
    assert "SECRET" not in refusal(raw(tmp_path, broken))
    foreign = row(5, text="Geheimnis SECRET ist ein Wort unter vielen anderen Wörtern hier im Satz.", lang=None)
    said = refusal(lines_file(path, [foreign]))
    assert "SECRET" not in said
    assert "field 'text': the text seems to be neither Korean nor English" in said


def test_an_id_that_stands_for_two_things_is_refused_and_a_repetition_counted(tmp_path: Path) -> None:
    path = tmp_path / "goemotions_en.jsonl"
    assert "line 3, field 'id': 'r1' stands on line 1 with other labels" in refusal(
        lines_file(path, [row(1), row(2), row(1, labels=["anger"])])
    )
    assert "with another text" in refusal(lines_file(path, [row(1), row(1, text="Something else.")]))
    found = read_file(lines_file(path, [row(1), row(1), row(2)]))
    assert (found.read, found.repeated, len(found.samples)) == (3, 1, 2)


def test_formats_are_not_mixed_in_one_file(tmp_path: Path) -> None:
    said = refusal(lines_file(tmp_path / "goemotions_en.jsonl", [row(1), record(2), row(3)]))
    assert "line 2: one of 'labelled records' among 'rows', as line 1 is" in said


def test_a_set_of_another_name_is_recognised_by_its_labels(tmp_path: Path) -> None:
    found = read_file(lines_file(tmp_path / "mine.jsonl", [row(1, labels=["joy", "remorse"]), row(2, labels=["love"])]))
    assert found.targets == ("emotion", "polarity", "remorse")
    assert "recognised by its labels as the 28 GoEmotions names" in found.notes[0]
    assert read_file(lines_file(tmp_path / "own.jsonl", [row(1, labels=["positive"])])).targets == ("polarity",)


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (["joy"], "lie in the 28 GoEmotions names and in the 13 event emotions"),
        (["cheer"], "no known vocabulary has all its labels ('cheer')"),
        ([], "its rows have no labels"),
    ],
)
def test_a_set_that_cannot_be_recognised_is_refused_with_what_is_known(
    tmp_path: Path, labels: list[str], why: str
) -> None:
    said = refusal(lines_file(tmp_path / "goemotion_en.jsonl", [row(1, labels=labels)]))
    assert why in said
    assert "Did you mean 'goemotions_en'?" in said
    assert "the 44 KOTE names" in said


def test_a_set_that_teaches_nothing_is_refused_with_the_reason(tmp_path: Path) -> None:
    said = refusal(lines_file(tmp_path / "unsmile.jsonl", [row(1, labels=["clean"])]))
    assert "set 'unsmile' teaches no target: no target asks for hate" in said


def test_a_folder_means_its_data_files_alone_sorted(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.json", "README.md", "b.jsonl.surd.jsonl", ".c.jsonl", "c.jsonl.gz"):
        (tmp_path / name).write_text("x")
    (tmp_path / "b.jsonl.embedded").mkdir()
    (tmp_path / "b.jsonl.embedded" / "index.json").write_text("x")
    assert [path.name for path in data_files([tmp_path])] == ["a.json", "b.jsonl", "c.jsonl.gz"]


@pytest.mark.parametrize("name", ["missing.jsonl", "notes.txt", "."])
def test_a_path_without_data_is_refused_in_quotes(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match=r"'.*(missing|notes|test_a_path)"):
        data_files([tmp_path / name])


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    path = lines_file(tmp_path / "a.jsonl", [row(1)])
    with pytest.raises(InputError, match="named twice"):
        data_files([tmp_path, path])


def test_a_stray_field_makes_no_other_format_of_a_row(tmp_path: Path) -> None:
    said = refusal(lines_file(tmp_path / "goemotions_en.jsonl", [row(1), row(2, title="x")]))
    assert "line 2, field 'title': it is unknown." in said


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1" + "0" * 5000, "true", '"3"', "null"])
def test_what_is_no_number_of_any_use_is_refused_in_a_numbers_place(tmp_path: Path, number: str) -> None:
    content = '{"id": "1", "text": "x", "lang": "en", "scores": {"V": ' + number + "}}\n"
    said = refusal(raw(tmp_path, content.encode(), "emobank.jsonl"))
    assert "emobank.jsonl', line 1" in said
    assert len(said) < 400


def test_an_array_of_rows_is_read_like_lines_of_rows(tmp_path: Path) -> None:
    rows = [row(1), row(2)]
    array = read_file(array_file(tmp_path / "goemotions_en.json", rows)).samples
    lines = read_file(lines_file(tmp_path / "goemotions_en.jsonl", rows)).samples
    assert [(each.id, each.taught) for each in array] == [(each.id, each.taught) for each in lines]
