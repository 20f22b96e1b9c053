"""`redheart evaluate`: one object on standard output, pictures, refusals, Ctrl-C."""

import json
from pathlib import Path

import pytest

from redheart.__main__ import main
from redheart.entrypoints.cli.context import Doors
from tests.training.evaluation.known import KnownReads, write_rows

PNG = b"\x89PNG"


@pytest.fixture
def reads(tmp_path: Path) -> KnownReads:
    return KnownReads(tmp_path / "checkpoint")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [
        {"text": f"A {at}.", "text_b": f"B {at}.", "labels": ["text_more_pleasant"], "split": split}
        for split in ("train", "test", "test_hard")
        for at in range(12)
    ]
    return write_rows(tmp_path / "pairs.jsonl.gz", rows)


def run(reads: KnownReads, *arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)], Doors(checkpoint=lambda folder, settings: reads))


def test_json_is_one_object_with_a_result_for_every_split_but_train(reads, pairs, capsys) -> None:
    assert run(reads, "--task", "ethics_utilitarianism", "--data", pairs, "--json") == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["task"], whole["checkpoint"]) == ("ethics_utilitarianism", str(reads.folder))
    assert sorted(result["split"] for result in whole["results"]) == ["test", "test_hard"]
    for result in whole["results"]:
        assert result["n"] == 12 and result["rows_per_second"] > 0
        assert result["baseline"] == {"accuracy": 0.5} and {*result["ci95"]} == {"accuracy"}
        assert 0 <= result["metrics"]["accuracy"] <= 1


def test_several_files_follow_one_option_and_a_split_is_named(reads, pairs, tmp_path, capsys) -> None:
    other = tmp_path / "other.jsonl"
    other.write_bytes(write_rows(other, [{"text": "A.", "text_b": "B.", "labels": ["text_more_pleasant"],
                                          "split": "train"}]).read_bytes())  # fmt: skip
    arguments = ("--data", pairs, other, "--split", "train", "--json")
    assert run(reads, "--task", "ethics_utilitarianism", *arguments) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [(result["file"], result["n"]) for result in results] == [(str(pairs), 12), (str(other), 1)]


def test_the_table_shows_value_interval_and_constant(reads, pairs, capsys) -> None:
    assert run(reads, "--task", "ethics_utilitarianism", "--data", pairs, "--split", "test") == 0
    out = capsys.readouterr().out
    assert "accuracy" in out and "0.5000" in out and "…" in out and "nothing was calibrated" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--task", "ethics_utilitarian"), "Did you mean 'ethics_utilitarianism'"),
        (("--task", "kote"), "has no head 'kote'"),
        (("--task", "ethics_utilitarianism", "--split", "tset"), "Did you mean 'test'"),
        (("--task", "emobank"), "'scores' has no 'V'"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_exits_2(reads, pairs, capsys, arguments, said) -> None:
    assert run(reads, *arguments, "--data", pairs, "--json") == 2
    told = capsys.readouterr()
    assert told.out == "" and said in told.err and told.err.count("\n") == 1


def test_no_data_is_refused(reads, capsys) -> None:
    assert run(reads, "--task", "kote") == 2
    assert "no data file is named" in capsys.readouterr().err


def test_a_folder_that_is_no_checkpoint_is_refused(pairs, tmp_path, capsys) -> None:
    arguments = ["evaluate", "--task", "kote", "--data", str(pairs), "--checkpoint", str(tmp_path / "none")]
    assert main(arguments) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_an_interrupt_exits_130_and_leaves_no_picture(reads, pairs, tmp_path, monkeypatch, capsys) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reads, "raw", stop)
    assert run(reads, "--task", "ethics_utilitarianism", "--data", pairs, "--plots", tmp_path / "plots") == 130
    assert capsys.readouterr().out == "" and not (tmp_path / "plots").exists()


def test_pictures_are_written_for_every_part_that_has_some(reads, tmp_path) -> None:
    task = tmp_path / "mine.yaml"
    task.write_text("parts: [{name: a, kind: class, head: emotion, rename: {화: anger}, metrics: [macro_f1, ece]}]")
    rows = [{"text": f"T {at}.", "labels": [("화", "joy", "neutral")[at % 3]], "split": "test"} for at in range(30)]
    data, plots = write_rows(tmp_path / "rows.jsonl", rows), tmp_path / "plots"
    assert run(reads, "--task", task, "--data", data, "--plots", plots, "--json") == 0
    names = {path.name for path in plots.iterdir()}
    assert names == {f"rows-test-{kind}.png" for kind in ("confusion", "reliability", "labels")}
    assert all(path.read_bytes().startswith(PNG) for path in plots.iterdir())


def test_a_file_in_place_of_the_folder_for_pictures_is_refused_first(reads, pairs, capsys) -> None:
    assert run(reads, "--task", "ethics_utilitarianism", "--data", pairs, "--plots", pairs) == 2
    assert "is a file. Name a folder" in capsys.readouterr().err and reads.read == []
