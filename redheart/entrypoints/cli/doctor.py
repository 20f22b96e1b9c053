"""`redheart doctor`: what this machine has."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.output import write_stdout
from redheart.errors import BudgetError

if TYPE_CHECKING:
    from redheart.entrypoints.inventory import ModelFolder
    from redheart.entrypoints.machine import Machine


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Annotated[Path | None, typer.Option(help="A YAML file of settings.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="One setting; may be repeated.")] = None,
) -> None:
    """Say what this machine has: device, memory, models, keys present or not (never their values)."""
    from redheart.config.load import load_settings
    from redheart.entrypoints.machine import look_at_machine

    doors = cast(Doors, context.obj)
    settings = load_settings(None, overrides or (), config)
    mode = settings.memory.mode if settings.memory.mode != "auto" else _mode(doors, settings.device)
    machine = look_at_machine(settings, mode, doors.providers())
    if as_json:
        write_stdout(json.dumps(asdict(machine), ensure_ascii=False, indent=2) + "\n")
    else:
        write_stdout("\n".join(_lines(machine)) + "\n")


def _mode(doors: Doors, device: str) -> str:
    """The mode `auto` would take; why none, where none fits: a doctor must finish the round."""
    try:
        return doors.choose_mode(device)
    except BudgetError as error:
        return f"none: {error}"


def _lines(machine: Machine) -> list[str]:
    gpus = [f"{gpu.name}, {gpu.free_mib:,} of {gpu.total_mib:,} MiB free" for gpu in machine.gpus]
    folders = [f"{path} ({'found' if found else 'not there'})" for path, found in machine.data_folders.items()]
    return [
        _row("redheart", f"{machine.redheart}, Python {machine.python}, {machine.system}"),
        _row("torch", f"{machine.torch}, transformers {machine.transformers}"),
        _row("devices", ", ".join(machine.devices) + (" (FORCE_CPU_INIT=1)" if machine.force_cpu else "")),
        _row("processors", f"{machine.processors}, bfloat16 {'native' if machine.bfloat16 else 'not native'}"),
        _row("RAM", f"{machine.ram_free_mib:,} of {machine.ram_total_mib:,} MiB free"),
        *_rows("GPU", gpus or ["none"]),
        _row("memory mode", machine.memory_mode),
        *_rows("models", [_model(folder) for folder in machine.models] or ["none"]),
        _row("experiences", _experience(machine)),
        _row("LLMs", ", ".join(machine.llm_providers)),
        *_rows("keys", [f"{name} {'present' if there else 'not set'}" for name, there in machine.keys.items()]),
        *_rows("REDHEART_DATA", folders or ["not set (needed for training only)"]),
    ]


def _model(folder: ModelFolder) -> str:
    size = sum(file.bytes for file in folder.files) / (1 << 20)
    return f"{folder.name}: {folder.why_not or 'whole'}, {size:.1f} MiB, {folder.path}"


def _experience(machine: Machine) -> str:
    state = "kept" if machine.experience_exists else "none yet"
    return f"{machine.experience} ({state if machine.experience_enabled else 'switched off'})"


def _rows(label: str, values: list[str]) -> list[str]:
    return [_row(label if i == 0 else "", value) for i, value in enumerate(values)]


def _row(label: str, value: str) -> str:
    return f"{label:<14} {value}"
