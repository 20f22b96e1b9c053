"""Which texts are one case, and where the store lies."""

import unicodedata
from pathlib import Path

import pytest

from redheart.experience.case_id import case_id
from redheart.experience.location import default_path, is_first_run


def test_the_same_words_are_one_case_however_spaced_or_composed():
    text = "밤새 후회했다."
    assert case_id(text) == case_id(f"  밤새\n\t{unicodedata.normalize('NFD', '후회했다.')} ")
    assert len(case_id(text)) == 64


def test_other_words_are_another_case():
    assert case_id("밤새 후회했다.") != case_id("밤새 후회했다")


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/redheart/experience")),
        ("linux", {"XDG_DATA_HOME": "relative"}, Path("/home/me/.local/share/redheart/experience")),
        ("linux", {}, Path("/home/me/.local/share/redheart/experience")),
        ("darwin", {}, Path("/home/me/Library/Application Support/redheart/experience")),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/redheart/experience")),
    ],
)
def test_the_store_lies_in_the_data_folder_of_the_system(platform, environment, expected, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert default_path(platform, environment) == expected


def test_an_empty_folder_is_still_a_first_run(tmp_path):
    assert is_first_run(tmp_path / "none") and is_first_run(tmp_path)
    (tmp_path / "cases.lance").mkdir()
    assert not is_first_run(tmp_path)
