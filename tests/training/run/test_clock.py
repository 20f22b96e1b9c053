"""Seconds and sessions of a run, over all of its sessions."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from redheart.training.run import clock as module
from redheart.training.run.clock import Clock, Sessions


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look at the clock is a second later."""
    ticks = itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(ticks)))
    yield


def kept(file: Path) -> Sessions:
    return Sessions.model_validate_json(file.read_bytes())


def session(file: Path, resume: bool, *stages: str) -> Clock:
    clock = Clock()
    with clock.measure("data"):
        pass
    clock.go_on(file, resume, pytest.fail)
    for stage in stages:
        with clock.measure(stage):
            pass
    return clock


def test_seconds_of_every_session_add_up(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    session(file, False, "training")
    last = session(file, True, "training", "test")
    assert (last.sessions, last.seconds) == (2, {"data": 2.0, "training": 2.0, "test": 1.0})
    assert kept(file) == Sessions(sessions=2, seconds=last.seconds)


def test_a_new_run_counts_from_nought(tmp_path: Path) -> None:
    session(tmp_path / "sessions.json", False, "training", "training")
    again = session(tmp_path / "sessions.json", False, "training")
    assert (again.sessions, again.seconds) == (1, {"data": 1.0, "training": 1.0})


def test_a_stage_that_is_killed_counts_until_it_was_written_last(tmp_path: Path) -> None:
    clock = session(tmp_path / "sessions.json", False)
    with pytest.raises(KeyboardInterrupt), clock.measure("training"):
        clock.keep()
        assert kept(tmp_path / "sessions.json").seconds["training"] == 1.0
        raise KeyboardInterrupt
    assert kept(tmp_path / "sessions.json").seconds["training"] == 2.0


def test_sessions_that_cannot_be_read_are_said_to_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "sessions.json").write_text("{", encoding="utf-8")
    said: list[str] = []
    clock = Clock()
    clock.go_on(tmp_path / "sessions.json", True, said.append)
    assert clock.sessions == 1 and "counted from this session on" in said[0]


def test_a_disk_that_refuses_the_seconds_does_not_hide_what_was_raised(tmp_path: Path) -> None:
    clock = session(tmp_path / "sessions.json", False)
    (tmp_path / "sessions.json").unlink()
    (tmp_path / "sessions.json").mkdir()
    with pytest.raises(KeyboardInterrupt), clock.measure("training"):
        raise KeyboardInterrupt
