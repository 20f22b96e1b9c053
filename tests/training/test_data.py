import gzip
from pathlib import Path

import pytest

from redheart.config import environment
from redheart.errors import InputError
from redheart.training import data
from redheart.training.data import find_file, read_rows

GOOD = '{"id": "1", "text": "좋다", "split": "train", "lang": "ko", "labels": ["positive"]}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    read_rows.cache_clear()
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path))
    (tmp_path / "reviews").mkdir()
    return tmp_path / "reviews"


def test_plain_and_gzipped_files_read_alike(folder: Path) -> None:
    (folder / "reviews.jsonl").write_text(GOOD, encoding="utf-8")
    plain = read_rows("reviews")
    read_rows.cache_clear()
    with gzip.open(folder / "reviews.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.write(GOOD)
    assert read_rows("reviews") == plain
    assert plain[0].labels == ("positive",)


@pytest.mark.parametrize("bad", ["{", '{"id": "2"}', "[]"])
def test_a_row_that_does_not_fit_is_named_by_file_and_line(folder: Path, bad: str) -> None:
    (folder / "reviews.jsonl").write_text(GOOD + bad + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"reviews\.jsonl, line 2"):
        read_rows("reviews")


def test_a_set_that_is_nowhere_is_refused_with_the_folders_searched(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"'poems' not found.*{tmp_path}"):
        find_file("poems")


def test_the_folders_are_those_that_the_settings_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere" / "poems").mkdir(parents=True)
    found = tmp_path / "elsewhere" / "poems" / "poems.jsonl"
    found.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr("redheart.training.data.data_folders", lambda: (tmp_path / "elsewhere",))
    assert find_file("poems") == found
    assert environment.data_folders() == (tmp_path,)
    assert not hasattr(data, "os")
