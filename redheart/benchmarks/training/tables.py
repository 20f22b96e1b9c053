"""The report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from redheart.benchmarks.training.report import Report
from redheart.benchmarks.training.rows import LoopRow

_VERDICT = {True: " met", False: " MISSED", None: ""}


def tables(report: Report) -> Iterator[RenderableType]:
    """Loops with whether they are comparable, ways of attention, compiling."""
    if report.loops:
        yield _loops(report)
        yield _threads(report.machine)
    yield from _fairness(report)
    if report.attention:
        yield _attention(report)
    if report.compiled:
        yield _compiled(report)
    if report.stopped_in is not None:
        yield f"Interrupted in '{report.stopped_in}': what is shown is what was done by then."


def _loops(report: Report) -> Table:
    columns = (
        "contender",
        "samples/s",
        "s",
        "best s",
        "CPU s",
        "ours faster",
        "by CPU",
        "demanded",
        "loss",
        "what it is",
    )
    table = _table("Training: one pass, medians of interleaved rounds, ours against each", columns, {0, 9})
    for row in report.loops:
        table.add_row(*_loop_cells(row, report.verdict(row)))
    return table


def _loop_cells(row: LoopRow, met: bool | None) -> tuple[str, ...]:
    demanded = "-" if row.demanded is None else f"{row.demanded:g}x{_VERDICT[met]}"
    return (
        row.contender,
        _number(row.samples_per_second, 1),
        _number(row.seconds, 2),
        _number(row.best_seconds, 2),
        _number(row.process_seconds, 2),
        _times(row.ours_faster),
        _times(row.ours_faster_process),
        demanded,
        _number(row.loss, 5),
        row.note or row.what,
    )


def _threads(machine: Mapping[str, object]) -> str:
    waiting = f", OMP_WAIT_POLICY={policy}" if (policy := machine["omp_wait_policy"]) else ""
    return f"Threads: ours {machine['threads_of_ours']}, others {machine['threads']}{waiting}."


def _fairness(report: Report) -> Iterator[str]:
    if report.fairness is None:
        return
    fair, lesson = report.fairness, report.lesson
    learned = (
        f"{lesson['samples']:,} samples in batches of {lesson['batch']}, {lesson['sentences_a_document']} documents of "
        f"{lesson['sentences_each']} sentences on average, preset '{lesson['preset']}', no dropout"
    )
    if fair.fair:
        yield (
            f"All learned the same ({learned}; loss {fair.initial_loss:.4f} before): their losses differ by "
            f"{fair.difference:.1e}, allowed {fair.tolerance:g}."
        )
    else:
        yield (
            f"VOID: the losses differ by {fair.difference:.1e}, allowed {fair.tolerance:g}: not all learned the same, "
            "so no speed is compared."
        )


def _attention(report: Report) -> Table:
    columns = ("sentences", "way", "ms", "of packed", "padding", "outputs differ by")
    table = _table("One layer of attention over 64 documents, forward and backward, medians", columns, {0, 1})
    for row in report.attention:
        padding, differs = f"{row.wasted:.0%}", f"{row.difference:.0e}"
        table.add_row(row.spread, row.way, f"{row.milliseconds:.2f}", _times(row.times_packed), padding, differs)
    return table


def _compiled(report: Report) -> Table:
    table = _table("torch.compile in our loop", ("compiled", "first pass s", "second pass s", "samples/s", ""), {0, 4})
    for row in report.compiled:
        spent = (f"{row.first_seconds:.2f}", f"{row.seconds:.2f}", f"{row.samples_per_second:.1f}")
        table.add_row("yes" if row.compiled else "no", *spent, row.note or "")
    return table


def _table(title: str, columns: tuple[str, ...], words: set[int]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place in words else "right", no_wrap=place != 9)
    return table


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x"
