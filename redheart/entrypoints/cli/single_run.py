"""`redheart infer` for one text."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.cli.flags import InferFlags
from redheart.entrypoints.cli.logs import configure_logging
from redheart.entrypoints.cli.monitor import refuse_timeline, tell_memory, watching
from redheart.entrypoints.cli.progress import Progress, following
from redheart.entrypoints.output import refuse_unwritable, write_stdout, write_whole
from redheart.entrypoints.requests import checked_options
from redheart.entrypoints.source import checked_text, text_from_file, text_from_stream
from redheart.errors import InputError
from redheart.types.messages import TaskMessage

if TYPE_CHECKING:
    from rich.console import Console

    from redheart.config.schema import InputSection, Settings
    from redheart.types.result import InferResult


def run(flags: InferFlags, doors: Doors) -> None:
    """Refuse what can be refused before anything heavy is loaded, then answer."""
    from rich.console import Console

    configure_logging(flags.debug)
    task = _task(flags, flags.settings().input)
    if flags.out is not None:
        refuse_unwritable(flags.out, flags.file)
    refuse_timeline(flags)
    if flags.surd_plot is not None:
        _refuse_plot(flags.surd_plot, flags)
    errors = Console(stderr=True)
    result = asyncio.run(_answer(flags, doors, task, errors))
    if flags.monitor_memory:
        tell_memory(result.memory, errors)
    _deliver(flags, result)
    if flags.surd_plot is not None:
        from redheart.entrypoints.drivers_plot import draw_drivers

        draw_drivers(result, flags.surd_plot)


def _refuse_plot(out: Path, flags: InferFlags) -> None:
    """What can be told before anything is read."""
    from redheart.entrypoints.drivers_plot import refuse_drivers_plot

    refuse_drivers_plot(out)
    refuse_unwritable(out, flags.file, "--surd-plot")
    if flags.out is not None and flags.out.resolve() == out.resolve():
        raise InputError(f"--surd-plot '{out}' is the file of --out. Choose another name.")


def _task(flags: InferFlags, limits: InputSection) -> TaskMessage:
    return TaskMessage(
        text=_text(flags, limits.max_characters),
        language=flags.language,
        options=checked_options(flags.options, limits),
    )


def _text(flags: InferFlags, most: int) -> str:
    if flags.file is not None:
        return text_from_file(flags.file, most)
    if flags.stdin:
        return text_from_stream(sys.stdin.buffer, most)
    return checked_text(flags.text or "", most, "the text")


async def _answer(flags: InferFlags, doors: Doors, task: TaskMessage, errors: Console) -> InferResult:
    with Progress(errors) as progress:
        settings: Settings = flags.settings(doors)
        async with doors.build(settings) as engine:
            for notice in engine.notices:
                errors.print(notice, markup=False, highlight=False)
            with watching(engine, progress, flags) as listeners:
                async with following(engine.events, *listeners):
                    return await engine.infer(task)


def _deliver(flags: InferFlags, result: InferResult) -> None:
    if flags.out is not None:
        as_json = flags.as_json or flags.out.suffix.lower() == ".json"
        write_whole(flags.out, result.model_dump_json() + "\n" if as_json else _plain_report(result))
    elif flags.as_json:
        write_stdout(result.model_dump_json(indent=2 if sys.stdout.isatty() else None) + "\n")
    else:
        _print_report(result)


def _plain_report(result: InferResult) -> str:
    from redheart.entrypoints.render import report_text

    return report_text(result)


def _print_report(result: InferResult) -> None:
    from rich.console import Console

    from redheart.entrypoints.render import WIDEST, report, report_text

    if sys.stdout.isatty():
        console = Console()
        console.print(report(result), width=min(console.width, WIDEST))
    else:
        write_stdout(report_text(result))
