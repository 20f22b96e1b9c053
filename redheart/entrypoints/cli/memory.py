"""`redheart memory`: the plan before a run, the timeline after it, the reason for each move."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer import Option

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.output import write_stdout
from redheart.errors import InputError

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.memory.plan import ResidencyPlan
    from redheart.memory.watch.recorded_timeline import Timeline

memory = typer.Typer(help="Plan memory before a run, or look at what it did.")

PlotOption = Annotated[Path | None, Option("--plot", help="Draw it there: a .png, .svg or .pdf (extra 'plot').")]


@memory.command("plan")
def plan(
    context: typer.Context,
    mode: Annotated[str | None, Option(help="auto, light, medium, heavy or ultra.", show_default="auto")] = None,
    llm: Annotated[str | None, Option(help="none, scripted, local, or a provider.", show_default="none")] = None,
    budget_mib: Annotated[float | None, Option(help="Another budget for weights and work, MiB.")] = None,
    device: Annotated[str | None, Option(help="auto, cpu or cuda.", show_default="auto")] = None,
    config: Annotated[Path | None, Option(help="A YAML file of settings.")] = None,
    overrides: Annotated[list[str] | None, Option("--set", help="A setting: llm.model=FOLDER; repeatable.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object; sizes in bytes.")] = False,
    plot: PlotOption = None,
) -> None:
    """Say what each step will need, keep and bring in. No weights are loaded. Exit code 2 if a step cannot fit."""
    from redheart.entrypoints.memory_plan import PlanReport

    flags = {
        "device": device,
        "llm.backend": llm,
        "memory.host_budget_mib": budget_mib,
        "memory.device_budget_mib": budget_mib,
    }
    settings = _settings(cast(Doors, context.obj), mode, overrides or [], config, flags)
    made = plan_of(settings)
    report = PlanReport(made, settings.memory.mode, settings.memory.policy, auto_policy(made))
    if plot is not None:
        from redheart.entrypoints.memory_plot import draw_plan

        draw_plan(report, plot)
    write_stdout((json.dumps(report.as_dict(), indent=2) if as_json else "\n".join(report.lines())) + "\n")


@memory.command("timeline")
def timeline(
    file: Annotated[Path | None, typer.Argument(help="A stored timeline; without one, the newest.")] = None,
    plot: PlotOption = None,
) -> None:
    """Say what memory did during a monitored run."""
    from redheart.entrypoints.memory_story import story

    path = file or newest_timeline()
    found = _read(path)
    if plot is not None:
        from redheart.entrypoints.memory_plot import draw_timeline

        draw_timeline(found, plot)
    write_stdout("\n".join([f"timeline '{path}'", *story(found)]) + "\n")


@memory.command("explain")
def explain(
    module: Annotated[str, typer.Argument(help="A module's name, as the timeline shows it.")],
    file: Annotated[Path | None, Option("--timeline", help="A stored timeline; without one, the newest.")] = None,
) -> None:
    """Say why a module was evicted, was refused, or is where it is, at the end of a monitored run."""
    from redheart.memory.watch.explain import explain as explained

    found = _read(file or newest_timeline())
    write_stdout(explained(found.journal(), found.ledger(), module, found.outlook()) + "\n")


def plan_of(settings: Settings) -> ResidencyPlan:
    """The plan of a run with these settings. Raises BudgetError if a step cannot fit."""
    from redheart.assembly import plan_memory

    return plan_memory(settings)


def auto_policy(made: ResidencyPlan) -> str:
    """The eviction policy that `auto` chooses for what a plan holds."""
    from redheart.memory.policies import policy_for

    total = made.cycle.size(made.cycle.chunks.keys()) + max(step.work_bytes for step in made.cycle.steps)
    return policy_for("auto", total, made.capacity).name


def newest_timeline() -> Path:
    """The last one that was stored. Raises InputError if there is none."""
    from redheart.memory.watch.folders import timeline_folder
    from redheart.memory.watch.timeline import stored_timelines

    folder = timeline_folder()
    stored = stored_timelines(folder)
    if not stored:
        raise InputError(f"no timeline is stored in '{folder}'. Record one: redheart infer --monitor-memory.")
    return stored[-1]


def _read(path: Path) -> Timeline:
    from redheart.memory.watch.recorded_timeline import read_timeline

    return read_timeline(path)


def _settings(
    doors: Doors, mode: str | None, overrides: list[str], config: Path | None, flags: Mapping[str, object]
) -> Settings:
    """Raises ConfigError, for an unknown LLM too."""
    from redheart.config.load import load_settings
    from redheart.llm import check_llm_name

    early = load_settings(mode, overrides, config, flags)
    check_llm_name(early.llm.backend)
    return load_settings(mode, overrides, config, flags, lambda: doors.choose_mode(early.device))
