import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redheart.errors import InputError
from redheart.training.corpus import objects
from redheart.training.corpus.faults import Faults

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab가\n", max_size=2), inner, max_size=3),
    max_leaves=6,
)
records = st.lists(st.dictionaries(st.sampled_from(["id", "text", "가"]), values, max_size=3), min_size=1, max_size=6)


def read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    return list(objects.objects_of(path, Faults(path)))


@given(records, st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_array_is_read_as_a_json_library_reads_it_in_pieces_of_any_size(
    tmp_path: Path, wanted: list[dict[str, Any]], indent: int | None, ascii_only: bool, chunk: int
) -> None:
    path = tmp_path / "array.json"
    path.write_bytes(json.dumps(wanted, indent=indent, ensure_ascii=ascii_only).encode())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(objects, "_CHUNK", chunk)
        assert [found for _, found in read(path)] == wanted


@given(records, st.integers(1, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_record_is_numbered_by_the_line_on_which_it_begins(
    tmp_path: Path, wanted: list[dict[str, Any]], chunk: int
) -> None:
    path, content, lines = tmp_path / "array.json", "\n [\n", []
    for i, each in enumerate(wanted):
        lines.append(1 + content.count("\n"))
        content += json.dumps(each, indent=1) + ("\n,\n\n" if i < len(wanted) - 1 else "\n]\n\n")
    path.write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(objects, "_CHUNK", chunk)
        assert [line for line, _ in read(path)] == lines


@given(records, st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_cut_off_an_array_is_missed(
    tmp_path: Path, wanted: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = json.dumps(wanted, ensure_ascii=False).encode()
    path = tmp_path / "array.json"
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole) - 1))])
    with pytest.raises(InputError, match="line 1: "):
        read(path)


def test_a_byte_that_is_no_utf8_is_found_on_its_line_of_an_array(tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_bytes('[{"text": "가나다"},\n{"text": "라'.encode() + b'\xff"}]')
    with pytest.raises(InputError, match="line 2: byte '0xff' is no UTF-8"):
        read(path)


def test_what_follows_an_array_or_is_missing_between_records_is_refused(tmp_path: Path) -> None:
    for content, message in (
        ('[{"id": 1}]\n[{}]', "line 2: record 1: something follows"),
        ('[{"id": 1}\n{"id": 2}]', "line 2: record 1: '{' follows where ',' should"),
        ('[{"id": 1},\n]', "line 2: record 2: ']' stands where an object should begin"),
        ('[{"id": 1}, NaN]', "record 2: 'N' stands where an object should begin"),
        ('[{"id": NaN}]', "record 1: 'NaN' is no JSON number"),
    ):
        path = tmp_path / "array.json"
        path.write_text(content)
        with pytest.raises(InputError) as refused:
            read(path)
        assert message in str(refused.value)


def test_a_record_longer_than_any_may_be_is_refused_without_reading_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_text('[{"id": 1}, {"text": "' + "x" * (5 * objects.LONGEST))
    with pytest.raises(InputError, match="record 2: it is longer than '1,048,576' characters"):
        read(path)
