"""`redheart surd`: what it prints, what it refuses."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redheart.calculus.surd import surd_series
from redheart.entrypoints.surd_report import NOTEWORTHY_BIAS, SurdReport, p_text


@pytest.fixture
def values() -> np.ndarray:
    """(3, 4000): the first is told by the other two only together, one sample before."""
    random = np.random.default_rng(0)
    values = random.random((3, 4000))
    values[0, 1:] = 0.1 * values[0, 1:] + ((values[1, :-1] > 0.5) ^ (values[2, :-1] > 0.5))
    return values


@pytest.fixture
def file(values: np.ndarray, tmp_path: Path) -> Path:
    np.savez(tmp_path / "x.npz", x=values)
    return tmp_path / "x.npz"


@pytest.fixture
def said(cli: Any, capfd: Any) -> Any:
    """The JSON that a run prints."""

    def say(*arguments: str | Path) -> dict[str, Any]:
        assert cli("surd", *arguments, "--json") == 0
        found: dict[str, Any] = json.loads(capfd.readouterr().out)
        return found

    return say


def keyed(terms: dict[tuple[int, ...], float]) -> dict[str, float]:
    return {",".join(map(str, names)): bits for names, bits in terms.items()}


def test_json_is_the_decomposition_term_by_term(said: Any, file: Path, values: np.ndarray) -> None:
    told, found = said(file, "--target", "1", "--lag", "2", "--bins", "4"), surd_series(values, 1, 2, bins=4)
    for kind in ("redundant", "unique", "synergistic", "mutual_information"):
        assert told[kind] == keyed(getattr(found, kind))
    assert (told["leak"], told["entropy"], told["totals"]) == (found.leak, found.entropy, found.totals())
    assert (told["shares"]["entropy"], told["shares"]["mi"]) == (found.shares(), found.shares("mi"))
    assert (told["target"], told["lag"], told["samples"], told["bins"]) == (1, 2, 3998, [4] * 4)
    assert (told["array"], told["variables"], told["null"], told["information"]) == ("x", None, None, None)


def test_json_has_the_same_keys_with_and_without_everything(said: Any, file: Path) -> None:
    asked = (file, "--target", "2", "--bins", "2")
    full = said(*asked, "--null-draws", "5", "--information", "--max-order", "2", "--binning", "quantile")
    assert list(full) == list(said(*asked))
    assert (full["max_order"], full["binning"], full["null"]["draws"]) == (2, "quantile", 5)


def test_settings_reach_the_decomposition(said: Any, file: Path, values: np.ndarray) -> None:
    options = ("--bins", "2,3,3,4", "--binning", "quantile", "--max-order", "2", "--null-draws", "7", "--seed", "3")
    found = surd_series(values, 3, 1, bins=(2, 3, 3, 4), binning="quantile", max_order=2, null_draws=7, seed=3)
    told = said(file, "--target", "3", *options)
    assert told["synergistic"] == keyed(found.synergistic)
    assert found.null is not None
    assert (told["null"]["corrected"], told["null"]["p_values"]) == (found.null.corrected, found.null.p_values)
    assert (told["null"]["kind"], told["null"]["seed"]) == ("shift", 3)


def test_a_csv_with_names_gives_what_the_array_gives(said: Any, file: Path, values: np.ndarray, tmp_path: Path) -> None:
    rows = "\n".join(",".join(map(repr, row)) for row in values.T.tolist())
    (tmp_path / "x.csv").write_text(f"happy,fear,정\n{rows}\n", encoding="utf-8")
    named, numbered = (
        said(tmp_path / "x.csv", "--target", "정", "--bins", "3"),
        said(file, "--target", "3", "--bins", "3"),
    )
    assert (named["variables"], named["target_name"]) == (["happy", "fear", "정"], "정")
    assert {key: named[key] for key in ("synergistic", "leak")} == {
        key: numbered[key] for key in ("synergistic", "leak")
    }


def test_all_targets_are_explained_in_turn(said: Any, file: Path) -> None:
    told = said(file, "--all-targets", "--bins", "2")["targets"]
    assert [each["target"] for each in told] == [1, 2, 3]
    assert told[1] == said(file, "--target", "2", "--bins", "2")


@pytest.fixture
def with_a_still_one(values: np.ndarray, tmp_path: Path) -> Path:
    values[1] = 3.0
    values[1, 0] = 4.0  # before the first sample to explain
    np.savez(tmp_path / "still.npz", x=values)
    return tmp_path / "still.npz"


def test_of_all_targets_one_that_never_changes_is_skipped_by_name(
    said: Any, cli: Any, capfd: Any, with_a_still_one: Path
) -> None:
    told = said(with_a_still_one, "--all-targets", "--bins", "2")
    assert [each["target"] for each in told["targets"]] == [1, 3]
    (warning,) = told["warnings"]
    assert "target 2 is '3' in every sample" in warning
    assert cli("surd", with_a_still_one, "--all-targets", "--bins", "2") == 0
    printed = capfd.readouterr()
    assert printed.out.count("What foretells") == 2
    assert printed.err == f"warning: {warning}\n"


def test_where_no_target_changes_nothing_is_printed(cli: Any, capfd: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.ones((2, 50)))
    assert cli("surd", tmp_path / "x.npz", "--all-targets", "--bins", "2", "--json") == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "none of its '2' variables changes" in printed.err


def test_all_targets_without_a_still_one_have_no_warnings(said: Any, file: Path) -> None:
    assert said(file, "--all-targets", "--bins", "2")["warnings"] == []


def test_a_lag_that_cannot_be_is_not_told_as_a_target_that_never_changes(cli: Any, capfd: Any, file: Path) -> None:
    for lag in ("-1", "3999", "4000"):
        assert cli("surd", file, "--all-targets", "--bins", "2", "--lag", lag) == 2
        assert f"lag '{lag}'" in capfd.readouterr().err


def test_p_values_are_printed_where_they_are_fair_and_json_has_all_with_a_note(
    cli: Any, capfd: Any, file: Path, said: Any
) -> None:
    asked = (file, "--target", "1", "--bins", "2", "--null-draws", "20")
    assert cli("surd", *asked, "--threshold", "0") == 0
    lines = capfd.readouterr().out.splitlines()
    numbers = {line.split()[0]: line.split()[5:6] for line in lines if line.strip()[:2] in TERMS}
    with_p = {name for name, after in numbers.items() if after and after[0][0].isdigit()}
    assert with_p == {"U1", "U2", "U3"}
    (note,) = [line for line in lines if line.startswith("p: ")]
    assert all(word in note for word in ("explained", "unique", "redundancy", "synergy"))
    null = said(*asked)["null"]
    assert set(null["p_values"]) == {*numbers, "explained"}
    assert note == f"p: {null['p_values_note']}"


def test_without_a_null_nothing_is_said_of_p(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("surd", file, "--target", "1", "--bins", "2") == 0
    assert "p: " not in capfd.readouterr().out


def test_a_p_value_is_never_0() -> None:
    assert [p_text(value) for value in (1.0, 0.04762, 1 / 5001)] == ["1.000", "0.048", "0.0002"]


def test_information_stands_beside_it(said: Any, file: Path) -> None:
    told = said(file, "--target", "2", "--bins", "2", "--information")["information"]
    assert (set(told["mutual_information"]), set(told["transfer_entropy"])) == ({"1", "2", "3"}, {"1", "3"})
    assert told["unit"] == "bits"


def test_information_on_states_instead_of_numbers_is_refused_by_its_option(
    cli: Any, capfd: Any, tmp_path: Path
) -> None:
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).integers(0, 2, (2, 300)))
    assert cli("surd", tmp_path / "x.npz", "--target", "1", "--bins", "2", "--information") == 2
    assert "--information: x has '2' distinct values" in capfd.readouterr().err


def test_the_table_shows_large_terms_in_the_papers_order_and_counts_the_rest(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("surd", file, "--target", "1", "--bins", "2", "--threshold", "0") == 0
    every = [line.split()[0] for line in capfd.readouterr().out.splitlines() if line.strip()[:2] in TERMS]
    assert every == ["R123", "R12", "R13", "R23", "U1", "U2", "U3", "S12", "S13", "S23", "S123"]
    assert cli("surd", file, "--target", "1", "--bins", "2") == 0
    shown = capfd.readouterr().out
    assert [line.split()[0] for line in shown.splitlines() if line.strip()[:2] in TERMS] == ["S23"]
    assert "10 smaller terms not shown" in shown


TERMS = {kind + number for kind in "RUS" for number in "123"}


def test_the_table_has_totals_leak_and_settings(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("surd", file, "--target", "1", "--bins", "2", "--null-draws", "20") == 0
    printed = capfd.readouterr().out
    rows = {line.split()[0]: line.split() for line in printed.splitlines() if line.strip()}
    assert float(rows["synergistic"][2].rstrip("%")) > 99
    assert float(rows["leak"][2].rstrip("%")) < 1
    assert "3,999 samples, 2 bins of equal width, dense cells, null of 20 circular shifts" in printed
    assert "above chance, p 0.048" in printed


def test_few_samples_for_many_cells_are_warned_of(cli: Any, capfd: Any, file: Path, said: Any) -> None:
    assert cli("surd", file, "--target", "1", "--bins", "9") == 0
    warning = next(line for line in capfd.readouterr().out.splitlines() if line.startswith("warning:"))
    assert "--null-draws 200" in warning and "fewer --bins" in warning and "above chance" in warning
    few, many = (said(file, "--target", "1", "--bins", str(bins)) for bins in (2, 9))
    assert few["leading_bias"] == pytest.approx(7 / (2 * 3999 * np.log(2)), rel=1e-3)
    assert (few["warnings"], len(many["warnings"])) == ([], 1)
    assert few["leading_bias"] < NOTEWORTHY_BIAS < many["leading_bias"]


def test_agents_that_tell_nothing_have_no_shares_of_it(values: np.ndarray) -> None:
    from redheart.calculus.surd import surd

    result = surd(values[0], np.zeros((2, 4000)), bins=2)
    report = SurdReport(result, 1, 1, "width", "x.npz")
    assert [term.of_mi for term in report.terms()] == [None] * 4
    assert report.as_dict()["shares"]["mi"] is None
    assert "tell nothing" in report.warnings()[0]


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (("--target", "4", "--bins", "2"), "--target '4'"),
        (("--target", "joy", "--bins", "2"), "--target 'joy'"),
        (("--bins", "2"), "--target ''"),
        (("--target", "1", "--all-targets", "--bins", "2"), "--target '1'"),
        (("--target", "1", "--lag", "0", "--bins", "2"), "lag '0'"),
        (("--target", "1", "--lag", "3999", "--bins", "2"), "lag '3999'"),
        (("--target", "1", "--bins", "0"), "bins '0'"),
        (("--target", "1", "--bins", "few"), "--bins 'few'"),
        (("--target", "1", "--bins", "٢"), "--bins '٢'"),
        (("--target", "1", "--bins", "1_0"), "--bins '1_0'"),
        (("--target", "1", "--bins", "2,2,,2"), "--bins '2,2,,2'"),
        (("--target", "٢", "--bins", "2"), "--target '٢'"),
        (("--target", "1", "--bins", "2,2"), "'2' numbers of bins"),
        (("--target", "1", "--bins", "2", "--max-order", "4"), "max_order '4'"),
        (("--target", "1", "--bins", "2", "--binning", "log"), "--binning 'log'"),
        (("--target", "1", "--bins", "2", "--null-draws", "-1"), "null_draws '-1'"),
        (("--target", "1", "--bins", "2", "--null-draws", "2", "--seed", "-1"), "--seed '-1'"),
        (("--target", "1", "--bins", "2", "--threshold", "1"), "--threshold '1'"),
        (("--target", "1", "--bins", "2", "--array", "y"), "--array 'y'"),
        (("--target", "1", "--bins", "2", "--plot", "a.gif"), "--plot 'a.gif'"),
        (("--target", "1", "--bins", "2", "--plot", "none/a.png"), "does not exist"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    cli: Any, capfd: Any, file: Path, arguments: tuple[str, ...], refused: str
) -> None:
    assert cli("surd", file, *arguments, "--json") == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert refused in printed.err


def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(cli: Any, capfd: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("1,2\n3,x\n", encoding="utf-8")
    assert cli("surd", tmp_path / "bad.csv", "--target", "1", "--bins", "2") == 2
    assert "line 2, column 2: 'x'" in capfd.readouterr().err


def test_the_stored_cascade_is_reproduced(said: Any) -> None:
    folder = Path(os.environ.get("REDHEART_DATA", "")).parent / "reference" / "surd"
    if not (folder / "energy_cascade.npz").is_file():
        pytest.skip(f"the stored reference cases are not in '{folder}'; set REDHEART_DATA beside them")
    for stored in json.loads((folder / "energy_cascade.json").read_text())["results"]:
        asked = ("--target", stored["target"], "--lag", stored["lag"], "--bins", stored["nbins"])
        told = said(folder / "energy_cascade.npz", *asked)
        for key, name in (("redundant", "I_R"), ("unique", "I_U"), ("synergistic", "I_S")):
            assert told[key] == pytest.approx(stored[name], abs=1e-9)
        assert told["leak"] == pytest.approx(stored["leak"], abs=1e-9)


def test_the_warning_counts_no_cells_of_sets_that_were_left_out() -> None:
    x = np.random.default_rng(0).normal(size=(8, 2000))
    told = SurdReport(surd_series(x, 1, 1, bins=3, max_order=1), 1, 1, "width", "x.npz")
    assert told.bias() < 0.01 and told.warnings() == []
