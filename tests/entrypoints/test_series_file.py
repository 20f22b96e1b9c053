"""Series from npz and CSV files, and every file that is refused."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.entrypoints.series_file import read_series
from redheart.errors import InputError

VALUES = np.arange(12.0).reshape(2, 6) / 7


def npz(folder: Path, name: str = "x.npz", **arrays: Any) -> Path:
    np.savez(folder / name, **arrays)
    return folder / name


def text(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def complaint(path: Path, array: str | None = None) -> str:
    with pytest.raises(InputError) as refused:
        read_series(path, array)
    assert str(path) in str(refused.value) or f"'{array}'" in str(refused.value)
    return str(refused.value)


def test_an_npz_array_is_read_as_it_lies(tmp_path: Path) -> None:
    series = read_series(npz(tmp_path, x=VALUES.astype(np.float32)))
    assert (series.names, series.array) == (None, "x")
    np.testing.assert_array_equal(series.values, VALUES.astype(np.float32).astype(float))


def test_whole_numbers_are_numbers(tmp_path: Path) -> None:
    assert read_series(npz(tmp_path, x=np.array([[0, 1, 1], [2, 0, 1]], dtype=np.uint8))).values.dtype == np.float64


def test_one_of_several_arrays_is_chosen_by_name(tmp_path: Path) -> None:
    path = npz(tmp_path, first=VALUES, second=VALUES + 1)
    assert read_series(path, "second").values[0, 0] == 1
    assert "2 arrays (first, second)" in complaint(path)
    assert "Choose one of: first, second" in complaint(path, "third")


def test_csv_columns_become_variables(tmp_path: Path) -> None:
    series = read_series(text(tmp_path, "1,2\n3,4\n5,6\n"))
    assert series.names is None
    np.testing.assert_array_equal(series.values, [[1, 3, 5], [2, 4, 6]])


@pytest.mark.parametrize("header", ["joy,정\n", "\ufeffjoy,정\r\n", "# joy, 정\n", '"joy","정"\n'])
def test_a_first_line_of_names_is_a_header(tmp_path: Path, header: str) -> None:
    series = read_series(text(tmp_path, header + '1,2\r\n3,"4"\r\n5e0,6\r\n\r\n'))
    assert series.names == ("joy", "정")
    np.testing.assert_array_equal(series.values, [[1, 3, 5], [2, 4, 6]])


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.tuples(*[st.floats(-1e300, 1e300)] * n), min_size=max(2, n), max_size=6)
    ),
    st.booleans(),
)
def test_a_csv_gives_back_every_float_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, ...]], named: bool
) -> None:
    header = ",".join("abc"[: len(rows[0])]) + "\n" if named else ""
    content = header + "".join(",".join(map(repr, row)) + "\n" for row in rows)
    found = read_series(text(tmp_path_factory.mktemp("csv"), content))
    np.testing.assert_array_equal(found.values, np.array(rows).T)


def test_variables_are_known_by_number_and_by_name(tmp_path: Path) -> None:
    series = read_series(text(tmp_path, "joy,fear\n1,2\n3,4\n"))
    assert [series.variable(wanted) for wanted in ("1", "fear", "2", "joy")] == [1, 2, 2, 1]
    for wanted in ("0", "3", "-1", "1.0", "²", "٢", "1_0", "9" * 5000):
        with pytest.raises(InputError, match=f"--target '{wanted}'.*number from 1 to 2"):
            series.variable(wanted)
    with pytest.raises(InputError, match="Did you mean 'fear'"):
        series.variable("feer")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty (0 bytes)"),
        ("\n1,2\n", "line 1 is blank"),
        ("a,b\n", "no samples"),
        ("a,b\n\n\n", "no samples"),
        ("a,a\n1,2\n", "line 1 names two columns 'a'"),
        ("a,\n1,2\n", "line 1, column 2 has no name"),
        ("a,b,c\n1,2\n3,4\n5,6\n", "line 1 names 3 columns, but line 2 has '2'"),
        ("a,7\n1,2\n3,4\n", "line 1, column 1: 'a' is no number"),
        ("1,2\n3\n5,6\n", "line 2 has '1' columns, the lines before it 2"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has '3' columns"),
        ("1,2\n3,x\n", "line 2, column 2: 'x' is no number"),
        ("a,b\n1,2\n3,\n", "line 3, column 2: '' is no number: a value is missing"),
        ("1,2\n\n3,4\n", "line 2 is blank"),
        ("1;2\n3;4\n", "Separate the columns by commas"),
        ("1_0,2\n3,4\n5,6\n", "'1_0' is no number"),
        ("1,2\n3,nan\n5,inf\n", "variable 2, sample 2 is 'nan' (2 such values"),
        ("joy,fear\n1,2\n-inf,4\n5,6\n", "variable 1 'joy', sample 2 is '-inf'."),
        ("1,2\n", "'1' sample of 2"),
        ("1,2,3\n4,5,6\n", "Transpose it"),
        (b"\x00\x01,\x02\n", "NUL byte"),
        (b"1,2\n3,4\x00\n", "line 2 has a NUL byte"),
        (b"\xff\xfe1\x002", "'0xff'"),
        (b"\x89PNG\r\n\x1a\n", "'0x89'"),
        ("7" * (1 << 20), "'1,048,576' characters or more"),
    ],
)
def test_a_csv_that_is_no_table_of_numbers_is_refused_by_its_place(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    assert said in complaint(text(tmp_path, content))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.arange(5.0), "shape '(5,)'"),
        (np.zeros((2, 3, 4)), "3 dimension(s)"),
        (np.zeros((2, 0)), "no numbers"),
        (np.zeros((3, 1)), "'1' sample of 3"),
        (np.zeros((50, 2)), "Transpose it"),
        (np.array([["a", "b"]]), "dtype '<U1'"),
        (np.ones((2, 3), dtype=complex), "dtype 'complex128'"),
        (np.array([[1.0, None]], dtype=object), "dtype is 'object'"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), "variable 2, sample 2 is 'nan'."),
    ],
)
def test_an_npz_array_that_is_no_series_is_refused(tmp_path: Path, array: Any, said: str) -> None:
    assert said in complaint(npz(tmp_path, x=array))


def test_an_npz_that_is_foreign_cut_short_or_damaged_is_refused(tmp_path: Path) -> None:
    whole = npz(tmp_path, "whole.npz", x=np.random.default_rng(0).normal(size=(2, 500))).read_bytes()
    assert "no npz archive" in complaint(text(tmp_path, "a,b\n1,2\n", "csv.npz"))
    assert "cut short" in complaint(text(tmp_path, whole[:-30], "cut.npz"))
    flipped = bytearray(whole)
    flipped[2000] ^= 255
    assert "damaged" in complaint(text(tmp_path, bytes(flipped), "flipped.npz"))
    assert "without arrays" in complaint(npz(tmp_path, "none.npz"))
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as archive:
        archive.writestr("letter.txt", "hello")
    assert "is no array" in complaint(tmp_path / "zip.npz")


def test_an_npz_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    header = np.lib.format.magic(1, 0)
    described = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 9000000000000), }".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr("x.npy", header + len(described).to_bytes(2, "little") + described + b"\0" * 64)
    assert "cannot be unpacked" in complaint(tmp_path / "huge.npz") or "damaged" in complaint(tmp_path / "huge.npz")


def test_a_name_without_a_known_ending_and_an_array_in_a_csv_are_refused(tmp_path: Path) -> None:
    assert "ends in '.txt'" in complaint(text(tmp_path, "1,2\n3,4\n", "x.txt"))
    assert "Leave it out" in complaint(text(tmp_path, "1,2\n3,4\n"), "x")
    assert "folder" in complaint(_folder(tmp_path / "f.csv"))
    assert "cannot be read" in complaint(tmp_path / "absent.npz")


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
