"""Floors: learned from train, judged on dev as a checkpoint is, each set once."""

import json
from pathlib import Path
from typing import Any

import pytest

from redheart.errors import InputError
from redheart.training.data import read_rows
from redheart.training.floors.__main__ import main
from redheart.training.floors.measure import measured
from redheart.training.floors.table import FloorEntry, add_entry, read_table

KINDS = ("bread", "rain", "train", "song", "river", "paper", "window")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    read_rows.cache_clear()
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path))
    return tmp_path


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Two thirds of the rows are train, a third dev."""
    (folder / name).mkdir()
    lines = [
        json.dumps({"id": f"{at}", "lang": "en", "split": "dev" if at % 3 == 0 else "train", **row})
        for at, row in enumerate(rows)
    ]
    (folder / name / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")


def pairs(turned: bool) -> list[dict[str, Any]]:
    """The finer of two things, first or second by turns; two of the thirty dev rows are wrong."""
    rows = []
    for at in range(90):
        fine, poor = f"a lovely {KINDS[at % 7]} at {at % 5}", f"an awful {KINDS[at % 7]} at {at % 5}"
        if at in (0, 3):
            fine, poor = poor, fine
        swap = turned and at % 2
        rows.append({
            "text": poor if swap else fine, "text_b": fine if swap else poor,
            "labels": ["text_less_ethical" if swap else "text_b_less_ethical"] if turned else ["text_more_pleasant"],
        })  # fmt: skip
    return rows


def test_pairs_are_told_by_what_distinguishes_their_texts(folder: Path) -> None:
    write(folder, "ethics_utilitarianism", pairs(turned=False))
    entry = measured("ethics_utilitarianism", "ethics_utilitarianism")
    assert (entry.n_train, entry.n_dev, entry.baseline["accuracy"]) == (60, 30, 0.5)
    assert entry.metrics["accuracy"] == pytest.approx(28 / 30)


def test_one_label_is_told_and_the_constant_stands_beside_it(folder: Path) -> None:
    said = ["If only I had gone to the {}", "I went to the {}", "They sold a {}", "We saw the {}"]
    names = ("not_counterfactual", "counterfactual")
    rows = [
        {"text": said[at % 4].format(KINDS[at % 7]), "labels": [names[(at % 4 == 0) != (at % 30 == 0)]]}
        for at in range(180)  # dev holds six errors
    ]
    write(folder, "amcd_en", rows)
    entry = measured("amcd", "amcd_en")
    assert entry.metrics["f1"] is not None and entry.metrics["f1"] > 0.7 > entry.baseline["f1"]


def test_the_second_text_alone_serves_where_it_tells_more(folder: Path) -> None:
    rows = []
    for at in range(120):
        text, good = f"Will you bring the {KINDS[at % 7]} {at % 11}?", at % 2 == 0
        rows.append(
            {
                "text": text,
                "text_b": "I am ill" if good else "I like it",
                "labels": ["reasonable" if good != (at % 30 == 0) else "unreasonable"],
            }
        )
    write(folder, "ethics_deontology", rows)
    entry = measured("ethics_deontology", "ethics_deontology")
    assert entry.metrics["accuracy"] is not None and entry.metrics["accuracy"] > 0.85


def test_the_likelier_of_two_choices_shares_words_with_the_text(folder: Path) -> None:
    rows = [
        {
            "text": f"There was a {KINDS[at % 7]} there.", "labels": [str(at % 2)],
            "meta": {"ask": ("cause", "effect")[at % 4 // 2]},
            "choices": [f"It had a {KINDS[(at + (at % 2 != place) * 3) % 7]} before." for place in (0, 1)],
        }
        for at in range(150)
    ]  # fmt: skip
    for row in rows[::30]:
        row["labels"] = ["1"]  # errors, of dev alone
    write(folder, "ecare", rows)
    accuracy = measured("ecare", "ecare").metrics["accuracy"]
    assert accuracy is not None and accuracy > 0.85


def test_a_set_in_the_file_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, known = folder / "floors.json", FloorEntry(n_train=1, n_dev=1, metrics={"f1": 0.5}, baseline={}, ci95={})
    add_entry(out, "amcd_en", known)
    assert main(["--out", str(out), "--sets", "amcd_en"]) == 0
    assert read_table(out).sets == {"amcd_en": known} and capsys.readouterr().out == ""


def test_a_set_that_is_not_there_is_refused_and_what_was_measured_stays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "ethics_utilitarianism", pairs(turned=False))
    out = folder / "floors.json"
    assert main(["--out", str(out), "--sets", "ethics_utilitarianism", "nsmc"]) == 2
    assert "data set 'nsmc' not found" in capsys.readouterr().err
    assert [*read_table(out).sets] == ["ethics_utilitarianism"]


def test_a_file_that_is_no_table_is_refused(folder: Path) -> None:
    (folder / "other.json").write_text('{"tfidf": {}}', encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.json"):
        read_table(folder / "other.json")
