"""`redheart models describe`."""

import json
import subprocess
import sys
from typing import Any

import pytest

from redheart.__main__ import main
from redheart.nn.network.preset import load_preset


def described(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["models", "describe", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", ["tiny", "compact", "base", "full"])
def test_every_preset_is_counted_module_by_module_within_its_plan(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What training takes has its own tests.
    monkeypatch.setattr("redheart.entrypoints.cli.models_describe._training", lambda *_: None)
    found, preset = described(capsys, name), load_preset(name)
    assert set(found["modules"]) == set(preset.planned)
    assert all(abs(module["deviation"]) <= preset.tolerance for module in found["modules"].values())
    assert abs(found["deviation"]) <= preset.total_tolerance
    assert sum(module["parameters"] for module in found["modules"].values()) == found["parameters"]
    assert found["weights"] == {"float32": 4 * found["parameters"], "bfloat16": 2 * found["parameters"],
                                "int8": found["parameters"]}  # fmt: skip


def test_what_learning_takes_is_told_against_the_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    found = described(capsys, "tiny", "--device-gib", "2", "--micro-batch", "8", "--optimizer", "adamw8bit")
    training = found["training"]
    assert (training["fits"], training["micro_batch"], training["optimizer"]) == (True, 8, "adamw8bit")
    assert training["left"] == training["device_budget"] - training["reserve"] - training["bytes"]["total"]
    assert training["bytes"]["weights"] == 4 * found["parameters"]


def test_what_does_not_fit_says_by_how_much_and_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "describe", "tiny", "--device-budget-mib", "1530"]) == 0
    out = capsys.readouterr().out
    assert "does not fit:" in out and "MiB too few" in out
    assert "would fit with" in out and "--optimizer adamw8bit" in out


def test_a_preset_of_tokens_says_why_nothing_is_told_of_learning_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "describe", "compact"]) == 0
    out = capsys.readouterr().out
    assert "head.kote" in out and "+0.00%" in out
    assert "training: not applicable" in out


def test_equal_layers_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "describe", "tiny", "--sentences", "2"]) == 0
    assert " each  " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ful"], "unknown preset 'ful'. Did you mean 'full'?"),
        (["tiny", "--precision", "int4"], "precision"),
        (["tiny", "--optimizer", "sgd"], "optimizer"),
        (["full", "--device-gib", "-3"], "--device-gib '-3' is no size of a GPU. Give a number of GiB above 0"),
        (["full", "--device-gib", "0"], "--device-gib '0' is no size"),
        (["full", "--device-gib", "nan"], "--device-gib 'nan' is no size"),
        (["full", "--device-gib", "inf"], "--device-gib 'inf' is no size"),
        (["tiny", "--device-budget-mib", "nan"], "--device-budget-mib 'nan' is no size"),
        (["tiny", "--device-budget-mib", "-1"], "--device-budget-mib '-1' is no size"),
        (["tiny", "--device-gib", "8", "--device-budget-mib", "8192"], "Give one of them"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "describe", *arguments]) == 2
    complained = capsys.readouterr().err
    assert complaint in complained
    assert complained.count("\n") == 1


def test_nothing_is_allocated() -> None:
    # full in float32 is 2.9 GB of weights alone; torch with its compiler takes up to 1.2 GB.
    code = (
        "import resource; from redheart.__main__ import main; "
        "main(['models', 'describe', 'full', '--micro-batch', '8']); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert int(done.stdout.splitlines()[-1]) < 1_800_000
