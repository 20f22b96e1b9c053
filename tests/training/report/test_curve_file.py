"""The loss curve as a file: exact, resumable, and unharmed by a run that was killed while it wrote."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import InputError
from redheart.training.report.curve_file import CurveFile, read_curve
from redheart.training.run.figures import StepFigures

PARTS = ("head.emotion", "analyzer.regret")


def step(number: int, **parts: float) -> StepFigures:
    losses = {name.replace("_", "."): loss for name, loss in parts.items()}
    return StepFigures(
        step=number, epoch=1 + number // 4, lr=1e-4 / number, loss=1 / 3 / number, gradient_norm=0.1, parts=losses
    )


def curve(path: Path, *numbers: int) -> Path:
    with CurveFile(path, PARTS) as file:
        for number in numbers:
            file.append(step(number, head_emotion=0.1 * number))
    return path


def test_what_is_read_is_what_was_appended_to_the_last_bit(tmp_path: Path) -> None:
    steps = [step(1, head_emotion=0.1 + 0.2, analyzer_regret=1e-300), step(2), step(3, analyzer_regret=math.pi)]
    with CurveFile(tmp_path / "steps.csv", PARTS) as file:
        for each in steps:
            file.append(each)
    assert read_curve(tmp_path / "steps.csv") == steps


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_any_finite_number_survives_the_file(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    path = tmp_path_factory.mktemp("curve") / "steps.csv"
    lr, loss, part = numbers
    figures = StepFigures(step=1, epoch=1, lr=lr, loss=loss, gradient_norm=0, parts={"head.emotion": part})
    with CurveFile(path, PARTS) as file:
        file.append(figures)
    assert read_curve(path) == [figures]


def test_columns_are_named_and_a_part_without_loss_leaves_its_cell_empty(tmp_path: Path) -> None:
    lines = curve(tmp_path / "steps.csv", 1).read_text().splitlines()
    assert lines[0] == "step,epoch,lr,loss,gradient_norm,head.emotion,analyzer.regret"
    assert lines[1] == f"1,1,0.0001,{1 / 3!r},0.1,0.1,"


def test_a_run_that_goes_on_after_truncation_writes_the_bytes_of_one_that_never_stopped(tmp_path: Path) -> None:
    whole = curve(tmp_path / "whole.csv", 1, 2, 3, 4, 5).read_bytes()
    torn = curve(tmp_path / "torn.csv", 1, 2, 3, 4)
    torn.write_bytes(torn.read_bytes()[:-7])  # killed in the middle of step 4
    with CurveFile(torn, PARTS) as file:
        assert [each.step for each in file.read()] == [1, 2, 3]
        file.truncate_to(2)
        for number in (3, 4, 5):
            file.append(step(number, head_emotion=0.1 * number))
    assert torn.read_bytes() == whole


@given(cut=st.integers(0, 10_000))
def test_wherever_a_file_is_cut_off_its_whole_lines_are_left(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = curve(tmp_path_factory.mktemp("curve") / "steps.csv", *range(1, 9))
    path.write_bytes(path.read_bytes()[:cut])
    whole = max(0, path.read_bytes().count(b"\n") - 1)
    with CurveFile(path, PARTS) as file:
        assert [each.step for each in file.read()] == list(range(1, whole + 1))


def test_truncation_to_a_step_the_file_does_not_have_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = curve(tmp_path / "steps.csv", 1, 2)
    before = path.read_bytes()
    with CurveFile(path, PARTS) as file, pytest.raises(InputError, match="no step '3'"):
        file.truncate_to(3)
    assert path.read_bytes() == before


def test_truncation_to_step_0_leaves_the_header_alone(tmp_path: Path) -> None:
    path = curve(tmp_path / "steps.csv", 1, 2)
    with CurveFile(path, PARTS) as file:
        file.truncate_to(0)
    assert path.read_text().count("\n") == 1


def test_the_curve_of_other_parts_is_not_gone_on_with(tmp_path: Path) -> None:
    path = curve(tmp_path / "steps.csv", 1)
    with pytest.raises(InputError, match="another run's curve"):
        CurveFile(path, ("head.emotion",))


def test_a_loss_without_a_column_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with CurveFile(tmp_path / "steps.csv", PARTS) as file, pytest.raises(ValueError, match=r"head\.bentham"):
        file.append(step(1, head_bentham=0.2))


@pytest.mark.parametrize(
    "line", ["1,1,0.1", "1,1,0.1,nan,0.1,,", "1,1,0.1,inf,0.1,,", "x,1,0.1,0.1,0.1,,", "1,1,0,0,0,,,"]
)
def test_a_line_that_is_no_step_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    path = curve(tmp_path / "steps.csv", 1)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match="line 3"):
        read_curve(path)


def test_a_file_that_is_no_curve_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no loss curve"):
        read_curve(tmp_path / "x.csv")


def test_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        CurveFile(tmp_path / "nowhere" / "steps.csv", PARTS)
