"""The benchmark's report as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from redheart.benchmarks.surd.measure import SurdRow
from redheart.benchmarks.surd.report import Report


def tables(report: Report) -> Iterator[RenderableType]:
    """The rows, then whether they are fast enough."""
    title = "SURD: seconds of all targets together, medians of interleaved rounds; differences in bits"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("input", "n", "bins", "samples", "targets", "path", "ours s", "MiB", "theirs s"):
        table.add_column(column, justify="left" if column in ("input", "path") else "right", no_wrap=True)
    for column in ("faster", "of bests", "demanded", "terms", "totals"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(*_cells(row))
    yield table
    judged = [row for row in report.rows if row.met is not None]
    if judged:
        missed = report.missed()
        yield f"{len(judged) - len(missed)} of {len(judged)} inputs are as much faster as demanded." + (
            f" Missed: {'; '.join(missed)}." if missed else ""
        )
    elif report.authors is None:
        yield "Without --authors PATH there is nothing to compare with."
    if report.stopped_in is not None:
        yield f"Interrupted in '{report.stopped_in}': what is shown is what was done by then."


def _cells(row: SurdRow) -> tuple[str, ...]:
    targets = f"{row.targets}/{row.agents}" if row.targets < row.agents else str(row.targets)
    counts = (str(row.agents), str(row.bins), f"{row.samples:,}", targets, row.path)
    seconds = (f"{row.seconds:.4f}", f"{row.peak_bytes / 2**20:,.1f}", _number(row.authors_seconds, 4))
    faster = (_number(row.times_faster, 1), _number(row.times_faster_best, 1))
    demanded = "-" if row.demanded is None else f"{row.demanded:g}{_VERDICT[row.met]}"
    name = row.name if row.max_order is None else f"{row.name}, sets <= {row.max_order}"
    return (name, *counts, *seconds, *faster, demanded, _tiny(row.term_difference), _tiny(row.totals_difference))


_VERDICT = {True: " met", False: " MISSED", None: ""}


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _tiny(value: float | None) -> str:
    return "-" if value is None else f"{value:.0e}"
