"""The model card says what was measured, and refuses to be written without it."""

import json
from pathlib import Path
from typing import Any

import pytest

from redheart.errors import InputError
from redheart.training.card.data import data_table
from redheart.training.card.figures import calibration_table, figures_table, rate
from redheart.training.card.measured import MADE_BY, measured
from redheart.training.card.other_parts import packing_line, wide_table
from redheart.training.card.table import figure, interval, table


def result(**metrics: float | None) -> dict[str, Any]:
    return {
        "n": 490,
        "metrics": metrics,
        "baseline": {"macro_f1": 0.29},
        "ci95": {"macro_f1": [0.43, 0.47]},
        "rows_per_second": 49.0,
    }


def write(folder: Path, name: str, told: object) -> Path:
    (folder / name).write_text(json.dumps(told))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = {"kote/kote": result(macro_f1=0.45, ece=0.004, ece_before=0.013), "nsmc/nsmc": result(accuracy=0.8)}
    write(tmp_path, "dev_figures.json", {"results": found})
    floors = {"kote": {"metrics": {"macro_f1": 0.398}}, "nsmc": {"metrics": {"accuracy": 0.851}}}
    return write(tmp_path, "floors.json", {"sets": floors})


def test_the_better_of_model_and_floor_is_in_bold(folder: Path) -> None:
    kote, nsmc = figures_table(folder).splitlines()[2:]
    assert "| **.450** | .43 to .47 | .398 | .290 |" in kote
    assert "| .800 |" in nsmc and "| **.851** |" in nsmc


def test_calibration_stands_where_there_is_one(folder: Path) -> None:
    rows = calibration_table(folder).splitlines()[2:]
    assert len(rows) == 1 and "| .013 | .004 |" in rows[0]


def test_the_rate_is_that_of_all_rows_together(folder: Path) -> None:
    assert rate(folder) == pytest.approx(49.0)


@pytest.mark.parametrize("name", sorted(MADE_BY))
def test_a_missing_measurement_is_refused_with_its_command(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is missing\. Make it: "):
        measured(tmp_path, name)


def test_a_damaged_measurement_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text('{"kote": ')
    with pytest.raises(InputError, match="is not JSON"):
        measured(tmp_path, "rows.json")


def test_sets_that_were_not_used_are_not_listed(tmp_path: Path) -> None:
    write(tmp_path, "rows.json", {"kote": {"train": 4510, "dev": 490}})
    said = data_table(tmp_path)
    assert "| KOTE (Jeon, Lee and Kim, 2022) | MIT | 4,510 | 490 |" in said and "NSMC" not in said


def test_numbers_are_written_without_a_leading_zero_and_nothing_as_nothing() -> None:
    assert [figure(0.4821), figure(-0.05, 2), figure(1.25, 2), figure(None)] == [".482", "-.05", "1.25", ""]
    assert interval((0.474, 0.5)) == ".47 to .50" and interval(None) == ""


def test_columns_of_numbers_stand_to_the_right() -> None:
    assert table(("a", "b"), [["x", ".5"]]).splitlines()[1] == "| --- | ---: |"


def test_what_8_bits_cost_is_told_by_the_figure_that_moves_furthest(tmp_path: Path) -> None:
    moved = {"kote/kote/macro_f1": -0.0031, "nsmc/nsmc/accuracy": 0.0005}
    said = packing_line(write(tmp_path, "packing.json", {"allowed": 0.002, "moved": moved}))
    assert "Of 2 figures" in said and "kote/kote/macro_f1, by -0.31 points; 1 move by more than 0.2" in said


def test_what_words_add_is_told_head_by_head(tmp_path: Path) -> None:
    found = {"wide": 0.43, "deep": 0.42, "blended": 0.46, "gain": 0.033, "gain_low": 0.022, "gain_high": 0.044}
    tried = {"kote": {"metric": "macro_f1", "kept": True, "sets": {"kote": found}}}
    said = wide_table(write(tmp_path, "wide.json", {"heads": tried})).splitlines()[2]
    assert "| .430 | .420 | .460 | +3.3 (+2.2 to +4.4) | yes |" in said
