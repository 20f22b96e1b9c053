import json
from pathlib import Path

import pytest
from rich.console import Console

from redheart.benchmarks.memory import run
from redheart.benchmarks.memory.plots import draw
from redheart.benchmarks.memory.report import Report
from redheart.benchmarks.memory.rows import DecisionRow, OverheadRow, PlanRow, TierRow
from redheart.benchmarks.memory.run import Wanted, begin, measure
from redheart.benchmarks.memory.samples import percentile
from redheart.benchmarks.memory.tables import tables
from redheart.errors import ConfigError

KEYS = {"machine", "plans", "decisions", "tiers", "cuda", "overhead"}


def plan_row(contender: str, gb_in: float, gb_out: float = 0.0, budget_gb: float = 5.6) -> PlanRow:
    moved = gb_in + gb_out
    return PlanRow(budget_gb, contender, gb_in, gb_out, 4.62, "engine", moved / 4.62, moved / 14.32)


def full_report() -> Report:
    report = Report({"processors": 2})
    report.plans += [plan_row("ours", 4.7), plan_row("chain", 7.16, 7.16)]
    report.decisions.append(DecisionRow(20, 0.1, 0.2, 2000, 1100.0, 11000.0, 1, 5, 6, True))
    report.tiers.append(TierRow("warm", 8.0, 9.0, 8 / 9, 6.0, None, 5, True))
    report.tiers.append(TierRow("evict", None, None, us_per_tensor=0.5, bytes_copied=0))
    report.overhead.append(OverheadRow("lease_acquire_release", "us", 10.0, 15.0, 30.0, 100, 20, "p50"))
    report.note("something the reader should know")
    return report


def shown(report: Report) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w", encoding="utf-8"))
    with console.file:
        for table in tables(report):
            console.print(table, highlight=False)
    return console.export_text()


def test_the_json_has_its_lists_whether_or_not_anything_was_measured() -> None:
    empty = json.loads(Report({}).as_json())
    assert set(empty) == KEYS
    assert all(empty[key] == [] for key in KEYS - {"machine"})
    assert empty["machine"]["complete"] is True


def test_rows_in_the_json_have_the_promised_keys() -> None:
    said = json.loads(full_report().as_json())
    assert {"budget_gb", "contender", "gb_in", "gb_out", "bound_gb", "by"} <= said["plans"][0].keys()
    assert {"modules", "p50_ms", "p99_ms", "diffusers_ms", "times_faster"} <= said["decisions"][0].keys()
    assert {"path", "gb_per_s", "floor_gb_per_s"} <= said["tiers"][0].keys()
    assert said["tiers"][1]["gb_per_s"] is None
    assert said["machine"]["notes"] == ["something the reader should know"]


def test_tables_show_ratios_to_the_bound_and_to_the_chain() -> None:
    text = shown(full_report())
    assert "4.70 1.02x 32.8%" in text
    assert "14.32 3.10x 100.0%" in text
    assert "p50 <= 20" in text
    assert "0.50 us a tensor, 0 bytes copied" in text
    assert "something the reader should know" in text


def test_brackets_in_notes_are_shown_as_they_are() -> None:
    report = full_report()
    report.note("first: pip install 'redheart[bench]'")
    report.tiers.append(TierRow("peer", None, None, note="second: pip install 'redheart[bench]'"))
    assert shown(report).count("pip install 'redheart[bench]'") == 2


def test_ctrl_c_keeps_what_is_done_and_says_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def sim(wanted: Wanted, report: Report, say: run.Say) -> None:
        report.plans.append(plan_row("ours", 4.7))

    def host(wanted: Wanted, report: Report, say: run.Say) -> None:
        report.tiers.append(TierRow("memcpy", 9.0, 9.0))
        raise KeyboardInterrupt

    monkeypatch.setitem(run.PARTS, "sim", sim)
    monkeypatch.setitem(run.PARTS, "host", host)
    report = Report({})
    measure(Wanted(), report, lambda line: None)
    said = json.loads(report.as_json())
    assert (len(said["plans"]), len(said["tiers"])) == (1, 1)
    assert (said["machine"]["complete"], said["machine"]["stopped_in"]) == (False, "host")
    assert "Interrupted in 'host'" in shown(report)


def test_cuda_is_refused_before_anything_is_measured_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "cuda_available", lambda force_cpu: False)
    with pytest.raises(ConfigError, match="no CUDA device"):
        begin(Wanted(("sim", "cuda")))


def test_more_weights_than_the_machine_has_room_for_are_refused_with_what_would_fit() -> None:
    with pytest.raises(ConfigError, match=r"--gb '1e\+06' needs .* Use --gb [\d.]+ or less"):
        begin(Wanted(("host",), gb=1e6))


@pytest.mark.parametrize("name", ["gb", "rounds", "cycles", "decisions"])
def test_nothing_to_measure_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ConfigError, match=f"--{name} '0'"):
        Wanted(**{name: 0})


def test_the_picture_is_a_png_of_what_was_measured(tmp_path: Path) -> None:
    out = tmp_path / "memory.png"
    draw(full_report(), out)
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing was measured"):
        draw(Report({}), tmp_path / "memory.png")


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.99, 4), (1.0, 4), (0.01, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([4, 1, 3, 2], share) == expected
