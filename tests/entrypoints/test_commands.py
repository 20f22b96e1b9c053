import json
import sys
from pathlib import Path
from typing import Any

import pytest

from redheart import __version__
from redheart.__main__ import main
from redheart.entrypoints.inventory import read_folder
from redheart.errors import BudgetError, CheckpointError


def test_help_and_version_answer_at_once(cli: Any, capfd: Any) -> None:
    assert (cli("--help"), cli("--version")) == (0, 0)
    assert f"redheart {__version__}" in capfd.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["infre"], ["models"], ["models", "lst"]])
def test_a_missing_or_unknown_command_is_one_line_and_exit_code_2(cli: Any, capfd: Any, arguments: list[str]) -> None:
    assert cli(*arguments) == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "--help" in printed.err


def test_schema_prints_the_schema_of_the_result_or_of_the_settings(cli: Any, capfd: Any) -> None:
    assert cli("schema") == 0
    assert next(iter(json.loads(capfd.readouterr().out)["properties"])) == "schema_version"
    assert cli("schema", "--settings") == 0
    assert "memory" in json.loads(capfd.readouterr().out)["properties"]


def test_doctor_tells_keys_as_present_or_not_but_never_their_values(
    cli: Any, capfd: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert cli("doctor") == 0
    said = capfd.readouterr().out
    assert "OPENAI_API_KEY present" in said
    assert "ANTHROPIC_API_KEY not set" in said
    assert "sk-secret" not in said
    assert str(tmp_path / "experience") in said


def test_doctor_as_json_names_devices_models_and_the_mode_auto_would_take(cli: Any, capfd: Any) -> None:
    assert cli("doctor", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["memory_mode"], said["devices"][0], said["llm_providers"]) == ("light", "cpu", ["none", "scripted"])
    assert said["models"][0]["name"] == "compact"
    assert said["ram_free_mib"] <= said["ram_total_mib"]


def test_models_list_names_files_sizes_and_hashes(cli: Any, capfd: Any) -> None:
    assert cli("models", "list", "--json") == 0
    compact = json.loads(capfd.readouterr().out)[0]
    encoder = next(file for file in compact["files"] if file["name"] == "encoder.safetensors")
    assert encoder["hash"] == "ok"
    assert encoder["bytes"] > 1 << 20


def test_models_verify_prints_ok_or_the_typed_error(cli: Any, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("models", "verify") == 0
    assert "ok: every tensor was loaded" in capfd.readouterr().out

    def damaged(settings: object) -> dict[str, str]:
        raise CheckpointError("'backbone.safetensors': SHA-256 is 'ab'. Restore the file.")

    doors = cli.doors()
    assert main(["models", "verify"], type(doors)(doors.build, doors.choose_mode, damaged, doors.providers)) == 2
    assert "'backbone.safetensors': SHA-256 is 'ab'. Restore the file." in capfd.readouterr().err


def test_a_damaged_or_missing_model_file_is_seen_without_loading_it(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"changed")
    (tmp_path / "model.json").write_text('{"files": {"a.safetensors": "00", "b.safetensors": "00"}}', encoding="utf-8")
    folder = read_folder(tmp_path)
    assert {file.name: file.hash for file in folder.files} == {
        "a.safetensors": "differs",
        "b.safetensors": "missing",
        "model.json": "not recorded",
    }
    assert folder.why_not == "a.safetensors differs, b.safetensors missing"


def test_an_error_of_ours_is_exit_code_1_and_points_at_debug(cli: Any, capfd: Any) -> None:
    doors = cli.doors()

    def broken(settings: object) -> Any:
        raise ZeroDivisionError("by zero")

    assert main(["infer", "--text", "a"], type(doors)(broken, doors.choose_mode, doors.verify, doors.providers)) == 1
    assert "internal error: ZeroDivisionError: by zero. Run again with --debug" in capfd.readouterr().err


def test_a_typed_error_inside_task_groups_keeps_its_exit_code(cli: Any, capfd: Any) -> None:
    doors = cli.doors()

    def grouped(settings: object) -> Any:
        raise ExceptionGroup("tasks", [ExceptionGroup("more", [BudgetError("budget '3' MiB is too small.")])])

    assert main(["infer", "--text", "a"], type(doors)(grouped, doors.choose_mode, doors.verify, doors.providers)) == 2
    assert capfd.readouterr().err == "redheart: budget '3' MiB is too small.\n"


def test_ctrl_c_is_exit_code_130(cli: Any) -> None:
    doors = cli.doors()

    def stopped(settings: object) -> Any:
        raise KeyboardInterrupt

    assert main(["infer", "--text", "a"], type(doors)(stopped, doors.choose_mode, doors.verify, doors.providers)) == 130


def test_commands_read_the_real_arguments_when_none_are_given(capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["redheart", "--version"])
    assert main() == 0
    assert __version__ in capfd.readouterr().out
