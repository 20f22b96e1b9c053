"""`redheart models`: which model files are there, and whether they can be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.output import write_stdout
from redheart.errors import ConfigError, RedHeartError

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.entrypoints.inventory import ModelFolder
    from redheart.types.checked import NetworkCheck

models = typer.Typer(help="List or verify the model files, or describe a preset.")

ConfigOption = Annotated[Path | None, typer.Option("--config", help="A YAML file of settings.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="One setting, as in model.path=FOLDER.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@models.command("list")
def list_models(as_json: JsonOption = False, config: ConfigOption = None, overrides: SetOption = None) -> None:
    """The folders of model files: names, sizes, and whether each file is the recorded one."""
    from redheart.entrypoints.inventory import model_folders

    folders = model_folders(_settings(config, overrides))
    if as_json:
        write_stdout(json.dumps([asdict(folder) for folder in folders], ensure_ascii=False, indent=2) + "\n")
    else:
        write_stdout("\n".join(line for folder in folders for line in _lines(folder)) + "\n")


@models.command("verify")
@models.command("validate", help="The same as verify.")
def verify(
    context: typer.Context,
    checkpoint: Annotated[Path | None, typer.Option(help="A file that `redheart train` wrote, instead.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """Load the model strictly, compare every hash, reproduce the recorded probe.

    Exit code 2 if it fails; with --json standard output then has {"ok": false, "failure": …}.
    """
    doors = cast(Doors, context.obj)
    with _failure_as_json(as_json):
        if checkpoint is not None:
            _refuse_settings(checkpoint, config, overrides)
            _print_checked(doors.verify_network(checkpoint), as_json)
            return
        files = doors.verify(_settings(config, overrides))
    if as_json:
        write_stdout(json.dumps({"ok": True, "checked": files}, ensure_ascii=False, indent=2) + "\n")
        return
    rows = [f"{name}  sha256 {digest[:16]}…" for name, digest in sorted(files.items())]
    write_stdout(
        "\n".join([*rows, "ok: every tensor was loaded from these files, every hash agrees, the probe reproduces"])
        + "\n"
    )


@models.command("describe")
def describe(
    preset: Annotated[str, typer.Argument(help="tiny, compact, base, full, or the path of a YAML.")],
    encoder_dim: Annotated[int, typer.Option(min=1, help="Dimensions of the sentence encoder.")] = 384,
    sentences: Annotated[int, typer.Option(min=1, max=100_000, help="Sentences of a document.")] = 4,
    device_gib: Annotated[float | None, typer.Option(help="Memory of the GPU, GiB.", show_default="8")] = None,
    device_budget_mib: Annotated[float | None, typer.Option(help="The same in MiB.", show_default="8192")] = None,
    precision: Annotated[str | None, typer.Option(help="float32 or bfloat16.", show_default="float32")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw, adamw8bit, offloaded.", show_default="adamw")] = None,
    micro_batch: Annotated[
        int | None, typer.Option(min=1, help="Documents computed at once.", show_default="as many as fit")
    ] = None,
    gradient_checkpointing: Annotated[
        bool | None,
        typer.Option("--gradient-checkpointing/--no-gradient-checkpointing", help="Recompute activations."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """What a preset is made of, and the memory that learning it takes. Nothing is allocated."""
    from redheart.entrypoints.cli.models_describe import Wanted, describe_preset

    wanted = Wanted(
        preset, encoder_dim, sentences, device_gib, device_budget_mib, precision, optimizer, micro_batch,
        gradient_checkpointing, as_json,
    )  # fmt: skip
    describe_preset(wanted, _settings(config, overrides).train)


def _refuse_settings(checkpoint: Path, config: Path | None, overrides: list[str] | None) -> None:
    if config is not None or overrides:
        raise ConfigError(
            f"--checkpoint '{checkpoint}' is verified by what it holds itself: --config and --set change nothing of "
            "it. Leave them out."
        )


@contextmanager
def _failure_as_json(as_json: bool) -> Iterator[None]:
    """With --json a refusal is one object on standard output too; the line on standard error and the code stay."""
    try:
        yield
    except RedHeartError as error:
        if as_json:
            failure = {"kind": type(error).__name__, "reason": str(error), "exit_code": error.exit_code}
            write_stdout(json.dumps({"ok": False, "failure": failure}, ensure_ascii=False, indent=2) + "\n")
        raise


def _print_checked(network: NetworkCheck, as_json: bool) -> None:
    if as_json:
        write_stdout(json.dumps({"ok": True, **network.model_dump()}, ensure_ascii=False, indent=2) + "\n")
        return
    taught = {
        f"  {part}": ", ".join(f"{target} {entries:,}" for target, entries in targets.items())
        for part, targets in network.taught.items()
    }
    rows = {**network.facts, **network.data, **network.checked, "taught by entries": "", **taught}
    width = max(len(name) for name in rows)
    last = "ok: every tensor is there and no other, every hash agrees, the probe reproduces"
    write_stdout("\n".join([*(f"{name:<{width}}  {value}".rstrip() for name, value in rows.items()), last]) + "\n")


def _settings(config: Path | None, overrides: list[str] | None) -> Settings:
    from redheart.config.load import load_settings

    return load_settings(None, overrides or (), config)


def _lines(folder: ModelFolder) -> list[str]:
    rows = [f"  {file.name:<28} {file.bytes:>12,} bytes  hash {file.hash}" for file in folder.files]
    return [f"{folder.name}  {folder.path}  ({folder.why_not or 'whole'})", *rows]
