"""`redheart models`: which model files are there, and whether they can be trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.output import write_stdout

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.entrypoints.inventory import ModelFolder

models = typer.Typer(help="List or verify the model files.")

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
def verify(context: typer.Context, config: ConfigOption = None, overrides: SetOption = None) -> None:
    """Load the model strictly, compare every hash, reproduce the recorded probe. Exit code 2 if it fails."""
    settings = _settings(config, overrides)
    files = cast(Doors, context.obj).verify(settings)
    rows = [f"{name}  sha256 {digest[:16]}…" for name, digest in sorted(files.items())]
    write_stdout(
        "\n".join([*rows, "ok: every tensor was loaded from these files, every hash agrees, the probe reproduces"])
        + "\n"
    )


def _settings(config: Path | None, overrides: list[str] | None) -> Settings:
    from redheart.config.load import load_settings

    return load_settings(None, overrides or (), config)


def _lines(folder: ModelFolder) -> list[str]:
    rows = [f"  {file.name:<28} {file.bytes:>12,} bytes  hash {file.hash}" for file in folder.files]
    return [f"{folder.name}  {folder.path}  ({folder.why_not or 'whole'})", *rows]
