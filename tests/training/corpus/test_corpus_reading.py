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
        (b"", "is empty (0 bytes). Give rows or labelled records: one JSON object a line, such as {"),
        (b" \n\n", "line 1: the file holds nothing but white space. Give rows or labelled records: one JSON"),
        (b"PK\x03\x04rest", "line 1: this is a zip archive"),
        (b"PAR1rest", "line 1: this is a Parquet file"),
        ("{}".encode("utf-16"), "line 1: this is UTF-16 text"),
        (b"\x00\x01\x02", "line 1: this is a binary file"),
        (line() + b'{"id": "\xff"}\n', "line 2: byte '0xff' at 8 is no UTF-8"),
        (gzip.compress(line() * 400)[:-9], "line 401: the gzip file is cut short: its end is missing. Fetch it again."),
        (b"[", "line 1: record 1: the file ends where it should begin: it was cut short. Fetch it again."),
        (b" [ ]", "line 1: the array is empty. Give rows or labelled records: one JSON object a line, such as {"),
        (b"[1]", "line 1: record 1: '1' stands where an object should begin"),
        (b'[{"id": "1",\n "text": "x', "line 1: record 1: the file ends inside it: it was cut short"),
        (line() + b"{\n", "line 2: no whole JSON object"),
        (line() + b"[1]\n", "line 2: a list stands where an object should. Write one JSON object a line."),
        (b'{"text": ' + b"[" * 100_000 + b"\n", "line 1: its objects or lists are nested too deeply"),
        (b'{"scores": ' + b"9" * 5000 + b"}\n", "line 1: it holds a number of too many digits"),
        (b'{"colour": 1}\n', "line 1: its fields ('colour') are neither a row's"),
        (line(scores={"V": float("nan")}), "line 1: 'NaN' is no JSON number"),
        (line(scores={"V": float("inf")}), "line 1: 'Infinity' is no JSON number"),
        (
            b'{"id": "1", "text": "x", "lang": "en", "scores": {"V": 1e999}}\n',
            "field 'scores.V': 'Infinity' is refused: a finite",
        ),
        (line(labels="joy"), "field 'labels': 'joy' is refused: a list is wanted. Mend it, or leave"),
        (line(lang="fr"), "field 'lang': 'fr' is none of 'en' or 'ko'"),
        (line(split="trian"), "field 'split': 'trian' is none of 'train', 'dev' or 'test'"),
        (line(label=["joy"]), "field 'label': it is unknown. Did you mean 'labels'?"),
        (line(labels=["joj"]), "field 'labels': 'joj' is unknown to this set. Did you mean 'joy'?"),
        (line(text=" "), "field 'text': a text of 1 character that says nothing"),
        (b'{"id": "1", "labels": ["joy"]}\n', "field 'text': it is missing. Add it."),
        (b'{"id": "1", "text": "\\ud800", "labels": ["joy"], "lang": "en"}\n', "field 'text': a text of 1 char"),
        (line(id=None), "field 'id': 'null' is refused: a text or a whole number is wanted. Mend it, or drop the row."),
        (line(text=None), "field 'text': null is refused: a text is wanted. Mend it, or drop the row."),
        (line(meta=[1]), "field 'meta': a list is refused: an object is wanted"),
        (line(scores={"V": True}), "field 'scores.V': 'true' is refused: a number is wanted"),
        (line(labels={"joy": None}), "field 'labels': '{\"joy\": null}' is refused: a list is wanted"),
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


PACKED = gzip.compress(b"".join(json.dumps(row(i)).encode() + b"\n" for i in range(500)), mtime=0)


def flipped(at: int) -> bytes:
    content = bytearray(PACKED)
    content[at] ^= 0x55
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PACKED[:-9], ", line 501: the gzip file is cut short: its end is missing. Fetch it again."),
        (PACKED[:5], ", line 1: the gzip file is cut short: its end is missing. Fetch it again."),
        (flipped(0), " is no gzip file: it begins with the bytes '4a 8b', not '1f 8b'. Fetch it again, or pack it"),
        (b"goodbye", " is no gzip file: it begins with the bytes '67 6f', not '1f 8b'"),
        (flipped(2), ", line 1: the gzip file is damaged: its header names no known compression. Fetch it again."),
        (flipped(40), ", line 1: the gzip file is damaged: it cannot be unpacked beyond here. Fetch it again."),
        (flipped(-6), ", line 501: the gzip file is damaged: what it holds does not fit its checksum (CRC). Fetch it"),
        (flipped(-2), ", line 501: the gzip file is damaged: what it holds does not fit its checksum (CRC). Fetch it"),
        (PACKED + b"more", ", line 501: bytes that are no gzip follow the end of the gzip file. Pack the file again"),
    ],
)
def test_a_damaged_gzip_file_is_refused_by_what_is_wrong_with_it_and_the_mend(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    said = refusal(raw(tmp_path, content, "goemotions_en.jsonl.gz"))
    assert f"goemotions_en.jsonl.gz'{expected}" in said
    assert "Error" not in said and " -3" not in said


def test_a_damage_is_told_alone_for_broken_lines_may_come_of_it(tmp_path: Path) -> None:
    broken = bytearray(gzip.compress(b"".join(line(id=f"r{i}") for i in range(9)) + b'{"id": "x"\n', mtime=0))
    broken[-6] ^= 1
    said = refusal(raw(tmp_path, bytes(broken), "goemotions_en.jsonl.gz"))
    assert "does not fit its checksum" in said and "no whole JSON object" not in said


def test_a_file_that_was_unpacked_on_its_way_is_read_under_its_packed_name(tmp_path: Path) -> None:
    assert len(read_file(raw(tmp_path, b"\xef\xbb\xbf" + line(), "goemotions_en.jsonl.gz")).samples) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"id": "2", "text": "x", "labels": ["joy"], "lang": "en", "labels": ["anger"]}', "line 2: field 'labels'"),
        (b'{"id": "2", "text": "x", "lang": "en", "meta": {"a": [{"b": 1, "b": 1}]}}', "line 2: field 'b'"),
    ],
)
def test_a_field_that_stands_twice_in_an_object_is_refused_by_name_and_line(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    said = refusal(raw(tmp_path, line() + content + b"\n" + line(id="r3")))
    assert f"{expected} stands '2' times in one object. Keep one of them." in said
    array = refusal(raw(tmp_path, b"[" + line() + b"," + content + b"]", "goemotions_en.json"))
    assert f"line 2: record 2: {expected.removeprefix('line 2: ')} stands '2' times" in array


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
