"""`redheart evaluate`: how good a checkpoint is on labelled rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer import Option

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.output import standard_output, write_stdout
from redheart.errors import InputError

if TYPE_CHECKING:
    from redheart.training.evaluation.result import Evaluation, Judged

DATA_HELP = "A file of labelled rows, plain or .gz; several may follow, and the option may be repeated."
TASK_HELP = "A built-in task, or a YAML of your own: docs/evaluation.md."
SPLIT_HELP = "Rows of this split only; train is judged when it is named."
PLOTS_HELP = "A folder for pictures of confusion, reliability and labels (extra 'plot')."
PAPER = 110  # characters of a line where no terminal sets the width


def evaluate(
    context: typer.Context,
    task: Annotated[str, Option(help=TASK_HELP)],
    paths: Annotated[list[Path] | None, typer.Argument(help="More paths of --data.", show_default=False)] = None,
    data: Annotated[list[Path] | None, Option(help=DATA_HELP)] = None,
    checkpoint: Annotated[str, Option(help="A checkpoint's folder.")] = "bundled",
    split: Annotated[str | None, Option(help=SPLIT_HELP, show_default="all but train")] = None,
    plots: Annotated[Path | None, Option(help=PLOTS_HELP)] = None,
    device: Annotated[str | None, Option(help="auto, cpu or cuda.", show_default="auto")] = None,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of tables.")] = False,
    config: Annotated[Path | None, Option(help="A YAML file of settings.")] = None,
    overrides: Annotated[list[str] | None, Option("--set", help="A setting: encoder.batch_sentences=32.")] = None,
    debug: Annotated[bool, Option("--debug", help="Log everything; show tracebacks.")] = False,
) -> None:
    """Judge a checkpoint on labelled rows: each figure beside that of a constant answer, with its 95 % interval.

    Thresholds and calibration are those the checkpoint carries; on the very rows they were fitted on, halves of them
    are judged by what the other half gives.
    """
    files = (*(data or ()), *(paths or ()))
    if not files:
        raise InputError("no data file is named. Give one or more by --data.")
    if plots is not None:
        _refuse_plots(plots)
    from rich.console import Console

    from redheart.config.load import load_settings
    from redheart.encoders.build import checkpoint_folder
    from redheart.entrypoints.cli.logs import configure_logging
    from redheart.entrypoints.cli.rate_progress import RateProgress
    from redheart.training.evaluation.evaluate import Run
    from redheart.training.evaluation.evaluate import evaluate as judge
    from redheart.training.evaluation.result import Evaluation
    from redheart.training.evaluation.task_file import load_task

    configure_logging(debug)
    named = load_task(task)
    settings = load_settings(None, overrides or (), config, {"device": device})
    opened = cast(Doors, context.obj).checkpoint(checkpoint_folder(checkpoint), settings)
    with RateProgress(Console(stderr=True), "texts") as progress:
        found = judge(Run.of(named, opened, progress), files, split)
        if plots is not None:
            progress.begin("drawing")
            _draw(named[0], found, plots)
    whole = Evaluation(
        task=named[0],
        checkpoint=str(opened.folder),
        checkpoint_sha256=opened.digest,
        results=tuple(each.result for each in found),
    )
    _deliver(whole, as_json)


def _refuse_plots(folder: Path) -> None:
    from redheart.training.report.figure import refuse_no_matplotlib

    refuse_no_matplotlib()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--plots '{folder}' is a file. Name a folder.")


def _draw(task: str, found: Sequence[Judged], folder: Path) -> None:
    from redheart.entrypoints.evaluation_plots import draw_evaluation

    draw_evaluation(task, found, folder)


def _deliver(whole: Evaluation, as_json: bool) -> None:
    if as_json:
        write_stdout(whole.model_dump_json(indent=2) + "\n")
        return
    from rich.console import Console

    from redheart.entrypoints.evaluation_table import tables

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PAPER)
    with standard_output():
        for table in tables(whole):
            console.print(table, highlight=False, soft_wrap=not hasattr(table, "columns"))
