"""The benchmark of the decomposition: what it compares, with a stand-in for the authors' checkout."""

import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from redheart.benchmarks.surd import measure, run, systems
from redheart.benchmarks.surd.authors import load_authors
from redheart.benchmarks.surd.inputs import INPUTS, Input
from redheart.benchmarks.surd.run import Wanted
from redheart.errors import ConfigError

SMALL = Input("small", lambda: systems.feelings(80)[:2].copy(), 2, 2, demanded=2, calls=1)
# Decomposes nothing: everything it says is zero but one term, and it changes its argument as the real one does.
STAND_IN = """
import warnings, it_tools
warnings.filterwarnings("ignore")
CALLS = it_tools.CALLS
def surd(p):
    CALLS.append(p.shape)
    p += 1e-14
    return {{(1,): 0.0, (2,): 0.0, (1, 2): {redundant}}}, {{(1, 2): 0.0}}, {{}}, 0.0
def surd_hd(rows, bins, most):
    CALLS.append((rows.shape, bins, most))
    return {{(1,): 0.0, (2,): 0.0, (1, 2): {redundant}}}, {{}}, {{}}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Any:
    """A folder like the authors' repository."""

    def make(redundant: float = 0.0, needs: str = "") -> Path:
        (tmp_path / "utils").mkdir(exist_ok=True)
        (tmp_path / "utils" / "it_tools.py").write_text("CALLS = []\n")
        (tmp_path / "utils" / "surd.py").write_text(needs + STAND_IN.format(redundant=redundant), encoding="utf-8")
        return tmp_path

    return make


def report_of(wanted: Wanted, *inputs: Input) -> run.Report:
    report = run.begin(wanted)
    run.measure(wanted, report, lambda line: None, inputs)
    return report


def test_without_a_checkout_only_ours_is_timed() -> None:
    (row,) = report_of(Wanted(rounds=2), SMALL).rows
    assert (row.name, row.agents, row.samples, row.bins, row.targets, row.rounds) == ("small", 2, 80, 2, 2, 2)
    assert 0 < row.best_seconds <= row.seconds
    assert row.peak_bytes > 0
    assert (row.authors_seconds, row.times_faster, row.met, row.term_difference) == (None,) * 4


def test_the_authors_run_in_turn_with_ours_on_each_target(checkout: Any) -> None:
    authors = load_authors(checkout())
    calls = authors.surd.__globals__["CALLS"]  # type: ignore[attr-defined]
    run.measured(SMALL, 3, authors)
    assert calls == [(2, 2, 2)] * (1 + 3 * 2 + 1)  # the warm-up, the rounds, the look at its memory


def test_where_larger_sets_are_left_out_both_leave_them_out(checkout: Any) -> None:
    authors = load_authors(checkout())
    calls = authors.surd.__globals__["CALLS"]  # type: ignore[attr-defined]
    row = run.measured(replace(SMALL, max_order=1), 1, authors)
    assert set(calls) == {((3, 79), 2, 1)}
    assert (row.max_order, run.titled(row)) == (1, "small, 2 agents, 80 samples, 2 bins, sets of at most 1")
    from redheart.calculus.surd import surd_series

    found = [surd_series(SMALL.make(), target, 1, bins=2, max_order=1) for target in (1, 2)]
    assert row.term_difference == max(max((*each.redundant.values(), *each.unique.values())) for each in found)


def test_a_checkout_without_a_function_that_is_called_is_refused(checkout: Any) -> None:
    folder = checkout()
    (folder / "utils" / "surd.py").write_text("def surd(p): ...\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"utils/surd\.py has no 'surd_hd'"):
        run.begin(Wanted(folder))


def test_speed_is_judged_by_the_medians_of_the_rounds(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = (2.0, 1.0, 5.0), (12.0, 8.0, 4.0)
    ticks = iter([tick for mine, yours in zip(ours, theirs, strict=True) for tick in (0.0, mine, 0.0, yours)] * 2)
    monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    (row,) = report_of(Wanted(checkout()), SMALL).rows
    assert (row.seconds, row.best_seconds, row.authors_seconds, row.authors_best_seconds) == (2.0, 1.0, 8.0, 4.0)
    assert (row.times_faster, row.times_faster_best, row.met) == (4.0, 4.0, True)
    strict = report_of(Wanted(checkout()), replace(SMALL, demanded=4.1))
    assert (strict.rows[0].met, strict.missed()) == (False, ["small, 2 agents, 80 samples, 2 bins"])
    assert (strict.as_dict()["judged"], strict.as_dict()["met"]) == (1, 0)


def test_differences_are_told_by_term_and_by_kind(checkout: Any) -> None:
    (row,) = report_of(Wanted(checkout(redundant=7.0), rounds=1), SMALL).rows
    from redheart.calculus.surd import surd_series

    found = [surd_series(SMALL.make(), target, 1, bins=2) for target in (1, 2)]
    worst = max(7.0 - result.redundant[1, 2] for result in found)
    assert row.term_difference == pytest.approx(worst)
    assert row.totals_difference == pytest.approx(worst)


def test_a_checkout_is_forgotten_once_it_is_loaded(checkout: Any) -> None:
    path, filters = list(sys.path), list(warnings.filters)
    load_authors(checkout())
    assert (sys.path, warnings.filters) == (path, filters)
    assert not {"surd", "it_tools"} & set(sys.modules)


def test_a_folder_that_is_no_checkout_is_refused_before_anything_runs(tmp_path: Path, checkout: Any) -> None:
    with pytest.raises(ConfigError, match=r"has no utils/surd\.py and no utils/it_tools\.py"):
        run.begin(Wanted(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="needs 'not_there', which is not installed"):
        run.begin(Wanted(checkout(needs="import not_there\n")))
    with pytest.raises(ConfigError, match="--rounds '0'"):
        Wanted(rounds=0)


def test_a_quick_run_leaves_the_long_inputs_out() -> None:
    long = Input("long", SMALL.make, 2, 2, long=True)
    assert [row.name for row in report_of(Wanted(rounds=1, quick=True), long, SMALL).rows] == ["small"]
    assert [row.name for row in report_of(Wanted(rounds=1), long, SMALL).rows] == ["long", "small"]


def test_what_is_done_at_ctrl_c_stays() -> None:
    def stopped() -> np.ndarray:
        raise KeyboardInterrupt

    report = report_of(Wanted(rounds=1), SMALL, Input("stopped", stopped, 3, 1), SMALL)
    assert ([row.name for row in report.rows], report.stopped_in) == (["small"], "stopped, 3 bins")
    assert report.as_dict()["machine"]["complete"] is False


def test_what_is_demanded_holds_for_every_input_of_four_agents_and_more() -> None:
    for chosen in INPUTS:
        agents = {"confounder": 3, "lorenz63": 3, "logistic maps": 2}.get(chosen.name)
        assert (chosen.demanded is not None) == (agents is None or chosen.bins == 50)


def test_seven_agents_and_more_are_judged_at_few_bins_and_many_long_series_and_short() -> None:
    judged = {(chosen.make().shape, chosen.bins, chosen.max_order) for chosen in INPUTS if chosen.demanded == 30}
    for agents in (7, 8):
        assert judged >= {((agents, 90_000), bins, None) for bins in (2, 3, 5)} | {((agents, 500), 2, None)}
    assert ((8, 90_000), 10, 3) in judged
    assert all(len(chosen.make()) < 7 for chosen in INPUTS if chosen.demanded != 30 and chosen.name == "species")


@pytest.mark.parametrize(
    ("make", "variables"),
    [
        (systems.confounder, 3),
        (systems.logistic_maps, 2),
        (systems.species_chain, 8),
        (systems.lorenz, 3),
        (systems.driven_lorenz, 6),
        (systems.feelings, 4),
    ],
)
def test_a_system_gives_the_same_finite_series_each_time(make: Any, variables: int) -> None:
    first = make(500)
    assert (first.shape, np.isfinite(first).all()) == ((variables, 500), True)
    assert (first.std(1) > 1e-3).all()
    np.testing.assert_array_equal(first, make(500))


def test_the_command_prints_json_or_a_table_and_writes_out(
    capfd: Any, tmp_path: Path, checkout: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redheart.__main__ import main

    monkeypatch.setattr(run.measure, "__defaults__", ((SMALL,),))
    asked = ["bench", "surd", "--rounds", "1", "--authors", str(checkout())]
    assert main([*asked, "--json", "--out", str(tmp_path / "out.json")]) == 0
    printed = capfd.readouterr()
    assert json.loads(printed.out)["rows"][0]["targets"] == 2
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(printed.out)
    assert printed.err.startswith("small, 2 agents, 80 samples, 2 bins: ")
    assert main(asked) == 0
    assert "demanded" in capfd.readouterr().out
    assert main(["bench", "surd", "--authors", str(tmp_path / "none")]) == 2
