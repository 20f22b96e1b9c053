"""What is printed of a run that is over, or only planned: scores beside constant answers, and where files lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from redheart.entrypoints.ink import NOTHING

if TYPE_CHECKING:
    from rich.console import Console

    from redheart.training.report.plan import TrainPlan
    from redheart.training.report.story import Outcome, RunStory, Score
    from redheart.training.run.folder import RunFolder

PAPER = 110  # characters of a line where no terminal sets the width


def print_outcome(outcome: Outcome, folder: RunFolder, console: Console) -> None:
    """A table of test scores, a few sentences, and the files."""
    story = outcome.story
    for line in verdicts(story):
        console.print(line, markup=False, highlight=False, soft_wrap=not console.is_terminal)
    if story.test:
        console.print(score_table(story.test))
    console.print(files_table(folder))


def verdicts(story: RunStory) -> list[str]:
    """What a reader should know before any figure."""
    from redheart.training.report.counted import counted

    lines = []
    if not story.updated:
        lines.append("No weight was changed (--no-param-update): all figures are of the initial network.")
    if story.best is not None:
        lines.append(f"Best epoch by validation loss: {story.best.epoch} of {len(story.epochs)}.")
    if (seconds := story.environment.seconds.get("training")) is not None:
        lines.append(f"Training took {seconds:,.1f} s in {counted(story.environment.sessions, 'session')}.")
    if story.crossover is not None:
        verdict = "accepted" if story.crossover.accepted else "refused"
        lines.append(f"Crossover {verdict}: {story.crossover.reason}.")
    if story.untaught:
        lines.append(f"Not taught, for want of labels: {', '.join(story.untaught)}.")
    return lines


def score_table(scores: tuple[Score, ...]) -> Table:
    """Test scores; those whose whole interval beats the constant answer are bold."""
    from redheart.training.report.document import beats
    from redheart.training.report.metric_name import spelled

    table = Table(title="test, measured once", title_justify="left", box=None, padding=(0, 1), pad_edge=False)
    for name in ("part", "target", "metric"):
        table.add_column(name, no_wrap=True)
    for name in ("value", "95 % interval", "constant", "entries"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in scores:
        interval = NOTHING if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"
        constant = NOTHING if one.baseline is None else f"{one.baseline:.3f}"
        row = (one.part, one.target, spelled(one.metric), f"{one.value:.3f}", interval, constant)
        table.add_row(*row, f"{one.entries:,}", style="bold" if beats(one) else None)
    return table


def files_of(folder: RunFolder) -> dict[str, Path]:
    """What is in the folder, by what it is; only what exists."""
    named = {
        "report": folder.report,
        "weights": folder.crossover,
        "checkpoints": folder.checkpoints,
        "curves": folder.steps,
        "epochs": folder.epochs,
        "data": folder.data,
        "updates": folder.updates,
        "pictures": folder.plots,
        "learning rate": folder.optimal,
        "sweep": folder.sweep_report,
        "sweet spots": folder.sweet_spot_report,
        "crossover": folder.crossover_report,
        "refused allocations": folder.oom,
        "state": folder.state,
    }
    return {name: path for name, path in named.items() if path.exists()}


def files_table(folder: RunFolder) -> Table:
    """A row a file."""
    table = Table(title="files", title_justify="left", box=None, padding=(0, 1), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, path in files_of(folder).items():
        table.add_row(name, str(path))
    return table


def outcome_json(outcome: Outcome, folder: RunFolder) -> str:
    """One object: files, verdicts, every test score, the figures that were chosen by."""
    story = outcome.story
    told: dict[str, Any] = {
        "outcome": "done",
        "out": str(folder.path),
        "files": {name: str(path) for name, path in files_of(folder).items()},
        "preset": story.preset,
        "lr": story.lr,
        "lr_from": story.lr_from,
        "batch_size": story.batch_size,
        "micro_batch": story.micro_batch,
        "steps": story.steps,
        "sessions": story.environment.sessions,
        "seconds": story.environment.seconds,
        "updated": story.updated,
        "samples": story.samples,
        "untaught": list(story.untaught),
        "best_epoch": story.best.epoch if story.best else None,
        "validation_loss": story.best.validation_loss if story.best else None,
        "crossover": _crossover(story),
        "test": [one.model_dump() for one in story.test],
        "refused_allocations": story.oom.refused if story.oom else 0,
        "warnings": list(story.warnings),
        "command": story.command,
    }
    return _json(told)


def _crossover(story: RunStory) -> dict[str, object] | None:
    found = story.crossover
    return None if found is None else {"accepted": found.accepted, "strategy": found.strategy, "reason": found.reason}


def plan_json(plan: TrainPlan) -> str:
    """One object."""
    return _json({"outcome": "dry run", **plan.model_dump(), "steps": plan.steps})


def plan_text(plan: TrainPlan) -> str:
    """A few lines: what, on which samples, how long, in how much memory."""
    from redheart.training.report.counted import counted
    from redheart.training.report.markdown import size
    from redheart.training.sweep.schedule import rate_text

    taught = [module for module in plan.modules if module.taught]
    untaught = [module.name for module in plan.modules if not module.taught]
    samples = ", ".join(f"{count:,} {split}" for split, count in plan.samples.items())
    lines = {
        "preset": f"{plan.preset}: "
        f"{counted(sum(module.parameters for module in taught), 'parameter')} in {counted(len(taught), 'module')}",
        "not taught": ", ".join(untaught) or "nothing: every part has labels",
        "encoder": f"{plan.encoder}, dimension {plan.encoder_dim}",
        "samples": samples,
        "steps": f"{plan.steps:,}: {counted(plan.epochs, 'epoch')} of {plan.steps_an_epoch:,}, "
        f"{counted(plan.batch_size, 'sample')} each, "
        f"{plan.micro_batch} at once",
        "learning rate": rate_text(plan.lr) if plan.lr is not None else _sweep(plan),
        "device": plan.device,
        "memory": ", ".join(f"{name} {size(count)}" for name, count in plan.memory.items()),
    }
    return "".join(f"{name:<14} {said}\n" for name, said in [*lines.items(), *(("note", note) for note in plan.notes)])


def _sweep(plan: TrainPlan) -> str:
    from redheart.training.report.counted import counted

    steps = plan.sweep_trials * plan.sweep_steps
    return f"by a sweep: {counted(plan.sweep_trials, 'trial')} of {counted(plan.sweep_steps, 'step')}, {steps:,} in all"


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
