"""The report as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from redheart.benchmarks.inference.report import Report
from redheart.benchmarks.inference.rows import EightBit, Sameness, WholeRow

_VERDICT = {True: " met", False: " MISSED", None: ""}


def tables(report: Report) -> Iterator[RenderableType]:
    """Together, alone, whether they are comparable, 8 bits, the whole request."""
    if report.together:
        yield _together(report)
    if report.alone:
        yield _alone(report)
    if report.same is not None:
        yield _same(report.same, report.read, report.machine)
    if report.eight_bit is not None:
        yield _eight_bit(report.eight_bit)
    if report.whole is not None:
        yield _whole(report.whole)
    if report.stopped_in is not None:
        yield f"Interrupted in '{report.stopped_in}': what is shown is what was done by then."


def _together(report: Report) -> Table:
    title = f"{report.together[0].texts} one-sentence texts given at once, medians of interleaved rounds"
    table = _table(title, ("contender", "texts/s", "s", "best s", "ours faster", "demanded", "what it is"))
    for row in report.together:
        table.add_row(
            row.contender,
            f"{row.texts_per_second:,.1f}",
            f"{row.seconds:.2f}",
            f"{row.best_seconds:.2f}",
            "-" if row.ours_faster is None else f"{row.ours_faster:.2f}x",
            "-" if row.demanded is None else f">= {row.demanded:g}x{_VERDICT[report.verdict(row)]}",
            row.what,
        )
    return table


def _alone(report: Report) -> Table:
    title = f"{report.alone[0].texts} of them one at a time, medians of interleaved rounds"
    table = _table(title, ("contender", "ms", "90 % ms", "ours of its", "demanded", "what it is"))
    for row in report.alone:
        table.add_row(
            row.contender,
            f"{row.milliseconds:.2f}",
            f"{row.p90_milliseconds:.2f}",
            "-" if row.ours_of_its is None else f"{row.ours_of_its:.2f}x",
            "-" if row.demanded is None else f"<= {row.demanded:g}x{_VERDICT[report.verdict(row)]}",
            row.what,
        )
    return table


def _same(same: Sameness, read: Mapping[str, Any], machine: Mapping[str, Any]) -> str:
    pieces, branches = read["pieces"], ", ".join(read["branches"]) or "none"
    of = (
        f"{same.texts} texts of {pieces['least']} to {pieces['most']} pieces, {pieces['mean']} on average; "
        f"{len(read['heads'])} heads, branches: {branches}; batches of {read['batch']}; "
        f"threads: {machine['threads']} each"
    )
    if same.same:
        return f"All read the same ({of}): outputs differ by {same.largest:.1e}, allowed {same.tolerance:g}."
    other, head = max(
        ((by, head) for by, each in same.differences.items() for head in each),
        key=lambda pair: _badness(same.differences[pair[0]][pair[1]]),
    )
    return (
        f"VOID: outputs differ by {same.largest:.1e} ('{head}', {other}), allowed {same.tolerance:g}: not all read the "
        f"same ({of}), so no speed is compared."
    )


def _badness(difference: float) -> float:
    return math.inf if math.isnan(difference) else difference


def _eight_bit(found: EightBit) -> str:
    if found.moved is None:
        return f"8 bits: not measured; {found.note}."
    speed = "not timed" if found.times_faster is None else f"{found.times_faster:.2f}x as fast as ours"
    verdict = {True: "worth it", False: "stays off", None: "undecided"}[found.worth_it]
    return (
        f"8 bits: {speed}; a probability moves by {found.moved:.4f} at most ('{found.moved_head}'), "
        f"allowed {found.allowed:g}: {verdict}."
    )


def _whole(row: WholeRow) -> str:
    shares = ", ".join(f"{name} {share:.0%}" for name, share in row.shares.items())
    return (
        f"The whole of redheart infer, no LLM, no experiences: {row.texts_per_second:.1f} texts/s "
        f"({row.milliseconds_together:.1f} ms a text) of {row.texts} together, {row.milliseconds_alone:.1f} ms alone "
        f"({shares})."
    )


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        words = column in ("contender", "what it is")
        table.add_column(column, justify="left" if words else "right", no_wrap=column != "what it is")
    return table
