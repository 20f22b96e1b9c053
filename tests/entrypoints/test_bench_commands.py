import json
from pathlib import Path
from typing import Any

import pytest

from redheart.benchmarks.memory import run
from redheart.benchmarks.memory.report import Report
from redheart.benchmarks.memory.rows import PlanRow, TierRow
from redheart.benchmarks.memory.run import Say, Wanted

ROOMY = PlanRow(5.6, "ours", 4.7, 0.0, 4.62, "engine", 4.7 / 4.62, 4.7 / 14.32)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """Parts that find a row each at once, and remember what was wanted."""
    seen: list[Wanted] = []

    def sim(wanted: Wanted, report: Report, say: Say) -> None:
        seen.append(wanted)
        say("walking")
        report.plans.append(ROOMY)

    def host(wanted: Wanted, report: Report, say: Say) -> None:
        seen.append(wanted)
        report.tiers.append(TierRow("memcpy", 9.0, 9.0, 1.0))

    monkeypatch.setitem(run.PARTS, "sim", sim)
    monkeypatch.setitem(run.PARTS, "host", host)
    return seen


def test_json_is_one_object_on_stdout_and_progress_is_on_stderr(cli: Any, capfd: Any) -> None:
    assert cli("bench", "memory", "--sim", "--json") == 0
    printed = capfd.readouterr()
    said = json.loads(printed.out)
    assert set(said) == {"machine", "plans", "decisions", "tiers", "cuda", "overhead"}
    assert (said["plans"][0]["contender"], said["tiers"]) == ("ours", [])
    assert printed.err == "walking\n"


def test_without_a_flag_the_simulated_and_the_host_parts_run(cli: Any, capfd: Any) -> None:
    assert cli("bench", "memory", "--json", "--gb", "0.001") == 0
    said = json.loads(capfd.readouterr().out)
    assert (len(said["plans"]), len(said["tiers"]), said["cuda"]) == (1, 1, [])


def test_without_json_tables_with_ratios_are_printed(cli: Any, capfd: Any) -> None:
    assert cli("bench", "memory", "--sim") == 0
    assert "4.70 1.02x 32.8%" in capfd.readouterr().out


def test_out_gets_the_json_and_plot_a_picture(cli: Any, capfd: Any, tmp_path: Path) -> None:
    out, plot = tmp_path / "memory.json", tmp_path / "memory.png"
    assert cli("bench", "memory", "--sim", "--out", out, "--plot", plot) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["plans"][0]["contender"] == "ours"
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_amounts_reach_the_parts(cli: Any, parts: list[Wanted]) -> None:
    assert cli("bench", "memory", "--sim", "--cycles", "3", "--decisions", "7") == 0
    assert (parts[0].parts, parts[0].cycles, parts[0].decisions) == (("sim",), 3, 7)


def test_ctrl_c_prints_what_is_done_and_is_exit_code_130(
    cli: Any, capfd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(wanted: Wanted, report: Report, say: Say) -> None:
        report.plans.append(ROOMY)
        raise KeyboardInterrupt

    monkeypatch.setitem(run.PARTS, "sim", stopped)
    out = tmp_path / "memory.json"
    assert cli("bench", "memory", "--json", "--out", out) == 130
    said = json.loads(capfd.readouterr().out)
    assert (len(said["plans"]), said["machine"]["complete"], said["machine"]["stopped_in"]) == (1, False, "sim")
    assert json.loads(out.read_text(encoding="utf-8")) == said


def test_cuda_without_a_device_is_one_line_and_exit_code_2(
    cli: Any, capfd: Any, parts: list[Wanted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "cuda_available", lambda force_cpu: False)
    assert cli("bench", "memory", "--sim", "--cuda", "--json") == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n"), parts) == ("", 1, [])
    assert "torch sees no CUDA device" in printed.err


@pytest.mark.parametrize(("flag", "value"), [("--gb", "0"), ("--rounds", "-1"), ("--gb", "900000")])
def test_amounts_that_cannot_be_measured_are_refused_before_anything_runs(
    cli: Any, capfd: Any, parts: list[Wanted], flag: str, value: str
) -> None:
    assert cli("bench", "memory", "--host", flag, value) == 2
    assert f"{flag} '{value}'" in capfd.readouterr().err
    assert parts == []


def test_a_picture_of_the_cuda_part_alone_is_refused(cli: Any, capfd: Any, tmp_path: Path) -> None:
    assert cli("bench", "memory", "--cuda", "--plot", tmp_path / "a.png") == 2
    assert "the CUDA part has no picture" in capfd.readouterr().err


def test_a_picture_without_matplotlib_says_how_to_get_it(
    cli: Any, capfd: Any, parts: list[Wanted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli("bench", "memory", "--sim", "--plot", tmp_path / "a.png") == 2
    assert "pip install 'redheart[plot]'" in capfd.readouterr().err
    assert parts == []


def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(
    cli: Any, capfd: Any, parts: list[Wanted], tmp_path: Path
) -> None:
    assert cli("bench", "memory", "--sim", "--out", tmp_path / "nowhere" / "a.json") == 2
    assert "does not exist" in capfd.readouterr().err
    assert parts == []
