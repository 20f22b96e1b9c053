"""`redheart models verify --checkpoint`: facts, what was checked, one line for what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from redheart.__main__ import main
from redheart.entrypoints.cli.context import Doors
from redheart.errors import CheckpointError
from redheart.types.checked import NetworkCheck

CHECK = NetworkCheck(
    file="a.safetensors",
    facts={"preset": "tiny", "run": "c0ffee"},
    data={"en.jsonl": "ab" * 32},
    checked={"weights": "cd" * 32, "backbone": "3 tensors, 1,000 numbers, 4,000 bytes"},
    taught={"head.emotion": {"emotion": 43_000}},
)


@pytest.fixture
def asked(cli: Any) -> tuple[Doors, list[Path]]:
    """Doors whose network passes, with the paths they were asked for."""
    seen: list[Path] = []

    def check(path: Path) -> NetworkCheck:
        seen.append(path)
        return CHECK

    return replace(cli.doors(), verify_network=check), seen


@pytest.mark.parametrize("command", ["verify", "validate"])
def test_a_checkpoint_is_told_with_facts_hashes_and_counts(
    asked: tuple[Doors, list[Path]], capfd: Any, command: str
) -> None:
    doors, seen = asked
    assert main(["models", command, "--checkpoint", "a.safetensors"], doors) == 0
    printed = capfd.readouterr().out.splitlines()
    assert seen == [Path("a.safetensors")]
    assert printed[0].split() == ["preset", "tiny"]
    assert "  head.emotion     emotion 43,000" in printed
    assert printed[-1].startswith("ok: every tensor is there and no other")


def test_json_is_one_object(asked: tuple[Doors, list[Path]], capfd: Any) -> None:
    assert main(["models", "verify", "--checkpoint", "a.safetensors", "--json"], asked[0]) == 0
    assert json.loads(capfd.readouterr().out) == {"ok": True, **CHECK.model_dump()}


def test_without_a_checkpoint_the_folder_is_verified_as_json_too(cli: Any, capfd: Any) -> None:
    assert cli("models", "validate", "--json") == 0
    assert json.loads(capfd.readouterr().out) == {"ok": True, "checked": {"backbone.safetensors": "ab" * 32}}


def test_what_is_refused_is_one_line_and_exit_code_2(cli: Any, capfd: Any) -> None:
    def refuse(path: Path) -> NetworkCheck:
        raise CheckpointError(f"'{path}' is a pickle. Name another file.")

    assert main(["models", "verify", "--checkpoint", "a.pt"], replace(cli.doors(), verify_network=refuse)) == 2
    assert capfd.readouterr().err == "redheart: 'a.pt' is a pickle. Name another file.\n"


def foreign() -> bytes:
    return save({"a": torch.zeros(2)})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is missing"),
        (b"", "is not a whole safetensors file"),
        (foreign()[:5], "is not a whole safetensors file"),
        (foreign()[:-1], "is not a whole safetensors file"),
        (b"\xff" * 400, "is not a whole safetensors file"),
        (foreign(), "without a header of Red Heart (1 tensor, its first 'a')"),
        (b"PK\x03\x04" + bytes(60), "is a pickle"),
    ],
)
def test_with_json_what_cannot_be_trusted_is_one_object(
    tmp_path: Path, capfd: Any, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert main(["models", "verify", "--checkpoint", str(path), "--json"]) == 2
    printed = capfd.readouterr()
    told = json.loads(printed.out)
    assert (told["ok"], told["failure"]["kind"], told["failure"]["exit_code"]) == (False, "CheckpointError", 2)
    assert f"'{path}'" in told["failure"]["reason"] and reason in told["failure"]["reason"]
    assert printed.err == f"redheart: {told['failure']['reason']}\n"


def test_with_json_a_folder_that_fails_and_settings_that_change_nothing_are_one_object_too(
    cli: Any, capfd: Any
) -> None:
    def refuse(settings: object) -> dict[str, str]:
        raise CheckpointError("'backbone.safetensors' is another file. Restore it.")

    assert main(["models", "verify", "--json"], replace(cli.doors(), verify=refuse)) == 2
    assert json.loads(capfd.readouterr().out)["failure"]["reason"].startswith("'backbone.safetensors'")
    assert main(["models", "verify", "--checkpoint", "a", "--set", "device=cpu", "--json"], cli.doors()) == 2
    assert json.loads(capfd.readouterr().out)["failure"]["kind"] == "ConfigError"


def test_settings_beside_a_checkpoint_are_refused_as_they_would_change_nothing(
    asked: tuple[Doors, list[Path]], capfd: Any
) -> None:
    doors, seen = asked
    assert main(["models", "verify", "--checkpoint", "a.safetensors", "--set", "model.path=x"], doors) == 2
    assert "--config and --set change nothing" in capfd.readouterr().err
    assert seen == []


def test_the_real_door_verifies_a_written_network_and_refuses_a_nested_one(tmp_path: Path, capfd: Any) -> None:
    from redheart.nn.network.checkpoint_file import write_network
    from redheart.nn.network.header import EncoderFacts, NetworkFacts
    from redheart.nn.network.network import Network
    from redheart.nn.network.preset import load_preset

    encoder = EncoderFacts(name="hash", revision="1", dim=16, precision="float32")
    facts = NetworkFacts(encoder=encoder, taught={"emotion": 5}, data={}, run="c0ffee", step=1, epoch=1)
    path, nested = tmp_path / "a.safetensors", tmp_path / "a.pt"
    network = Network(load_preset("tiny"), 16, ["head.emotion"])
    write_network(path, network, facts)
    torch.save({"model_state": network.state_dict()}, nested)
    assert main(["models", "verify", "--checkpoint", str(path)]) == 0
    assert "off by at most" in capfd.readouterr().out
    assert main(["models", "validate", "--checkpoint", str(nested)]) == 2
    assert "pickles are refused" in capfd.readouterr().err
