"""One `redheart train`: refuse what can be refused, run, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.cli.logs import configure_logging
from redheart.entrypoints.output import standard_output, write_stdout
from redheart.entrypoints.train_compact import PRESET
from redheart.entrypoints.train_request import TrainFlags
from redheart.entrypoints.train_view import TrainView

if TYPE_CHECKING:
    from rich.console import Console

    from redheart.config.schema import Settings
    from redheart.training.corpus.distribution import DataReport
    from redheart.training.report.listener import Listener
    from redheart.training.run.asked import Asked
    from redheart.training.run.folder import RunFolder


#: Stages in which nothing is learned any more.
AFTER_TRAINING = ("selection", "test", "report")


def run(flags: TrainFlags, doors: Doors) -> None:
    """Refuse what can be refused before anything heavy is loaded, then train."""
    from rich.console import Console

    if flags.values.get("train.preset") == PRESET:
        from redheart.entrypoints.cli import train_compact

        return train_compact.run(flags)
    configure_logging(flags.debug)
    settings = flags.settings()
    asked = flags.asked(settings)
    errors = Console(stderr=True)
    if flags.plots is None and not asked.plots and not flags.dry_run:
        errors.print("no pictures are drawn: matplotlib is not installed (pip install 'redheart[plot]').", markup=False)
    with TrainView(errors, lambda report: _print_data(report, flags.as_json)) as view:
        if flags.dry_run:
            _tell_plan(flags, doors, asked, settings, view)
        else:
            _train(flags, doors, asked, settings, view)


def _tell_plan(flags: TrainFlags, doors: Doors, asked: Asked, settings: Settings, view: TrainView) -> None:
    from redheart.entrypoints.train_summary import plan_json, plan_text

    plan = doors.plan_training(asked, settings, view)
    write_stdout(plan_json(plan) if flags.as_json else plan_text(plan))


def _train(flags: TrainFlags, doors: Doors, asked: Asked, settings: Settings, view: TrainView) -> None:
    from rich.console import Console

    from redheart.entrypoints.train_summary import PAPER, outcome_json, print_outcome
    from redheart.training.report.json_lines import read_records
    from redheart.training.run.figures import EpochFigures

    if asked.resume and asked.folder.epochs.exists():
        view.standing.earlier = read_records(asked.folder.epochs, EpochFigures)
    try:
        outcome = doors.train(asked, settings, _with_side_jobs(asked, view))
    except KeyboardInterrupt:
        view.__exit__(None, None, None)
        _say_what_is_kept(view, asked, settings, view.console)
        raise
    if flags.as_json:
        write_stdout(outcome_json(outcome, asked.folder))
    else:
        terminal = Console()
        with standard_output():
            print_outcome(outcome, asked.folder, terminal if terminal.is_terminal else Console(width=PAPER))


def _with_side_jobs(asked: Asked, view: TrainView) -> Listener:
    """The view, and whoever else listens: pictures of the curves, TensorBoard."""
    from redheart.training.report.listener import Listeners

    listeners: list[Listener] = [view]
    if asked.plots:
        from redheart.training.report.live_curves import LiveCurves

        listeners.append(LiveCurves(asked.folder, view.warning))
    if asked.tensorboard:
        from redheart.training.report.tensorboard import TensorBoard

        listeners.append(TensorBoard(asked.folder.path / "tensorboard"))
    return Listeners(listeners)


def _print_data(report: DataReport, as_json: bool) -> None:
    """Results go to standard output; with --json that has one object only, which comes later."""
    from rich.console import Console

    from redheart.training.corpus.data_page import print_data

    with standard_output():
        print_data(report, Console(stderr=as_json))


def _say_what_is_kept(view: TrainView, asked: Asked, settings: Settings, errors: Console) -> None:
    from redheart.training.report.command import command_of

    kept = what_is_kept(asked.folder, view.standing.done, str(view.standing.stage))
    resumable = asked.folder.settings.exists()
    errors.print(
        f"{kept} {'Go on with' if resumable else 'Begin again with'}: {command_of(asked, settings, resumable)}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def what_is_kept(folder: RunFolder, step: int, stage: str = "training") -> str:
    """One sentence about a run that was stopped in a stage, in 'training' after `step`."""
    from redheart.training.report.counted import counted

    if not folder.settings.exists():
        return "Stopped before anything was written."
    where = f"in '{folder.path}'"
    if not folder.state.exists():
        swept = " and the sweep so far" if folder.cumulative.exists() else ""
        return f"Stopped before the first stored state; settings{swept} are kept {where}."
    files = sum(1 for _ in folder.checkpoints.glob("*.safetensors")) if folder.checkpoints.is_dir() else 0
    epochs = counted(files, "epoch checkpoint")
    if stage in AFTER_TRAINING:
        return f"Stopped after the last step; all that was learned is kept {where}, the {stage} is done again."
    if stage != "training":
        return f"Stopped before the run went on; curves, {epochs} and a state to go on from are kept {where}."
    return (
        f"Stopped after step {step:,}; curves, {epochs} and a state to go on from are kept {where}; steps after that "
        "state are done again alike."
    )
