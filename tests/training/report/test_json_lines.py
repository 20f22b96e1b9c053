"""Records as JSON lines: exact, resumable, and unharmed by a run that was killed while it wrote."""

from pathlib import Path

import pytest

from redheart.errors import InputError
from redheart.training.report.json_lines import JsonLines, read_records
from redheart.types.base import Frozen


class Look(Frozen):
    step: int
    norms: dict[str, float]


def looks(*steps: int) -> list[Look]:
    return [Look(step=step, norms={"head.emotion": 1 / step, "backbone": 1e-12}) for step in steps]


def stored(path: Path, *steps: int) -> Path:
    with JsonLines(path, Look) as file:
        for look in looks(*steps):
            file.append(look)
    return path


def test_what_is_read_is_what_was_appended(tmp_path: Path) -> None:
    assert read_records(stored(tmp_path / "updates.jsonl", 1, 3, 7), Look) == looks(1, 3, 7)


def test_a_run_that_goes_on_writes_the_bytes_of_one_that_never_stopped(tmp_path: Path) -> None:
    whole = stored(tmp_path / "whole.jsonl", 1, 2, 3, 4).read_bytes()
    torn = stored(tmp_path / "torn.jsonl", 1, 2, 3)
    torn.write_bytes(torn.read_bytes()[:-5])
    with JsonLines(torn, Look) as file:
        file.truncate_after(lambda look: look.step <= 1)
        assert file.read() == looks(1)
        for look in looks(2, 3, 4):
            file.append(look)
    assert torn.read_bytes() == whole


def test_a_record_that_belongs_is_dropped_after_one_that_does_not(tmp_path: Path) -> None:
    path = stored(tmp_path / "updates.jsonl", 1, 9, 2)
    with JsonLines(path, Look) as file:
        file.truncate_after(lambda look: look.step < 5)
    assert read_records(path, Look) == looks(1)


def test_a_torn_line_longer_than_a_block_is_dropped_too(tmp_path: Path) -> None:
    path = stored(tmp_path / "updates.jsonl", 1)
    path.write_bytes(path.read_bytes() + b"x" * 200_000)
    with JsonLines(path, Look) as file:
        assert file.read() == looks(1)


@pytest.mark.parametrize(
    "line", ["{}", "nonsense", '{"step": 1, "norms": {"a": NaN}}', '{"step": 1, "norms": {}, "x": 1}']
)
def test_a_line_that_is_no_record_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    path = stored(tmp_path / "updates.jsonl", 1, 2)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match="line 3"):
        read_records(path, Look)
