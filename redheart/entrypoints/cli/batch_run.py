"""`redheart infer` for a batch: JSON Lines in, JSON Lines out, gone on with where it stopped."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from redheart.entrypoints.batch import BatchWriter, Sink, run_batch
from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.cli.flags import InferFlags
from redheart.entrypoints.cli.logs import configure_logging
from redheart.entrypoints.cli.monitor import refuse_timeline, watching
from redheart.entrypoints.cli.progress import Progress, following
from redheart.entrypoints.mending import MendedOutput, recover
from redheart.entrypoints.output import refuse_unwritable
from redheart.entrypoints.requests import Line, count_lines, read_lines
from redheart.entrypoints.resume import Kept, kept_lines
from redheart.entrypoints.source import file_size
from redheart.errors import InputError


def run(flags: InferFlags, doors: Doors) -> int:
    """Answer every line; returns how many failed, lines kept from an earlier run included."""
    from rich.console import Console

    configure_logging(flags.debug)
    lines, kept = _what_is_left(flags)
    errors = Console(stderr=True)
    assert flags.file is not None
    total = count_lines(flags.file)
    with _sink(flags, kept) as sink, Progress(errors, total) as progress:
        writer = BatchWriter(sink, str(flags.out), kept, progress.lines)
        try:
            _answer_all(flags, doors, lines, writer, progress)
        except KeyboardInterrupt:
            errors.print(_interrupted(flags, writer, total), markup=False, highlight=False)
            raise
    errors.print(_summary(flags, writer, total), markup=False, highlight=False)
    return writer.failed


def _what_is_left(flags: InferFlags) -> tuple[Iterator[Line], Kept]:
    """The lines still to be answered, after all that can be refused without loading a model."""
    assert flags.file is not None
    if flags.options:
        raise InputError(f"--option '{flags.options[0]}' is for one text. In a batch, put \"options\" in the line.")
    if flags.surd_plot is not None:
        raise InputError(f"--surd-plot '{flags.surd_plot}' is for one text. Leave it out of a batch.")
    file_size(flags.file)
    refuse_timeline(flags)
    settings = flags.settings()
    lines = read_lines(flags.file, settings.input, flags.language)
    if flags.out is None:
        return lines, Kept()
    refuse_unwritable(flags.out, flags.file)
    with _disk_errors(flags.out):
        recover(flags.out)
    kept = kept_lines(flags.out, lines, settings)
    if kept.again:  # they lie among the lines just read
        whole = enumerate(read_lines(flags.file, settings.input, flags.language))
        lines = (line for place, line in whole if place in kept.again or place >= kept.whole)
    return lines, kept


@contextmanager
def _sink(flags: InferFlags, kept: Kept) -> Iterator[Sink]:
    """Where lines go: standard output, the file written anew, or the file cut back to its last whole line."""
    if flags.out is None:
        yield sys.stdout.buffer
        return
    with _mended(flags.out, kept) if kept.again else _opened(flags.out, kept.end) as stream:
        yield stream


@contextmanager
def _mended(out: Path, kept: Kept) -> Iterator[Sink]:
    with _disk_errors(out):
        sink = MendedOutput(out, kept)
    try:
        yield sink
    finally:
        with _disk_errors(out):
            sink.close()


@contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"--out '{out}' cannot be written ({error.strerror}). Choose another place.") from error


def _opened(out: Path, end: int) -> BinaryIO:
    with _disk_errors(out):
        stream = out.open("ab")
        if out.is_file():
            stream.truncate(end)
    return stream


def _answer_all(
    flags: InferFlags, doors: Doors, lines: Iterator[Line], writer: BatchWriter, progress: Progress
) -> None:
    """Answer the lines left; with none left, no model is loaded."""
    first = next(lines, None)
    if first is None:
        return
    asyncio.run(_answer(flags, doors, itertools.chain([first], lines), writer, progress))


async def _answer(
    flags: InferFlags, doors: Doors, lines: Iterator[Line], writer: BatchWriter, progress: Progress
) -> None:
    async with doors.build(flags.settings(doors)) as engine:
        for notice in engine.notices:
            progress.console.print(notice, markup=False, highlight=False)
        with watching(engine, progress, flags) as listeners:
            async with following(engine.events, *listeners):
                await run_batch(engine, lines, writer)


def _summary(flags: InferFlags, writer: BatchWriter, total: int) -> str:
    kept = f" ({writer.kept.lines} kept from an earlier run)" if writer.kept.lines else ""
    return f"{writer.done} of {total} lines answered{kept}, {writer.failed} failed{_place(flags)}."


def _interrupted(flags: InferFlags, writer: BatchWriter, total: int) -> str:
    again = " Run the same command again to go on." if flags.out is not None else ""
    return f"{writer.done} of {total} lines are whole{_place(flags)}.{again}"


def _place(flags: InferFlags) -> str:
    return f", in '{flags.out}'" if flags.out is not None else ""
