"""The memory benchmark's report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from redheart.benchmarks.memory.report import Report
from redheart.benchmarks.memory.rows import OverheadRow, PlanRow, TierRow


def tables(report: Report) -> Iterator[RenderableType]:
    """One renderable for each part that has rows, then the notes."""
    if report.plans:
        yield _plans(report.plans)
    if report.decisions:
        yield _decisions(report)
    if report.tiers:
        yield _tiers(report)
    if report.overhead:
        yield _overhead(report.overhead)
    if report.cuda:
        yield _cuda(report)
    yield from map(Text, report.notes)  # as they are: 'redheart[bench]' is no markup
    if report.stopped_in is not None:
        yield f"Interrupted in '{report.stopped_in}': what is shown is what was done by then."


def _plans(rows: Sequence[PlanRow]) -> Table:
    """Contenders down, budgets across: GB a request in + out, x bound, share of the chain."""
    budgets = sorted({row.budget_gb for row in rows})
    bound = {row.budget_gb: row.bound_gb for row in rows}
    table = Table(title="Moved per request: GB in + out, x the bound, share of the chain")
    table.add_column("contender")
    table.add_column("by")
    for budget in budgets:
        table.add_column(f"{budget:g} GB", justify="right")
    table.add_row("bound", "search", *(f"{bound[budget]:.2f}" for budget in budgets))
    for name in dict.fromkeys(row.contender for row in rows):
        mine = {row.budget_gb: row for row in rows if row.contender == name}
        by = "/".join(dict.fromkeys(row.by for row in mine.values()))
        table.add_row(name, by, *(_moved(mine.get(budget)) for budget in budgets))
    return table


def _moved(row: PlanRow | None) -> str:
    if row is None:
        return "-"
    share = "-" if row.share_of_chain is None else f"{row.share_of_chain:.1%}"
    return f"{row.gb_in + row.gb_out:.2f} {_number(row.times_bound)}x {share}"


def _decisions(report: Report) -> Table:
    table = Table(title="One decision: who leaves")
    timed = ("modules", "p50 ms", "p99 ms", "diffusers ms", "times faster")
    for column in (*timed, "evicted", "by diffusers", "moved", "by diffusers"):
        table.add_column(column, justify="right")
    for row in report.decisions:
        table.add_row(
            f"{row.modules:,}",
            f"{row.p50_ms:.3f}",
            f"{row.p99_ms:.3f}",
            _number(row.diffusers_ms),
            _number(row.times_faster, 0),
            _whole(row.our_bytes),
            _whole(row.diffusers_bytes),
            _whole(row.our_moved_bytes),
            _whole(row.diffusers_moved_bytes),
        )
    return table


def _tiers(report: Report) -> Table:
    table = Table(title="Host tiers")
    ratios = ("of floor", "best of best", "x load_file+clone", "x mmap cold")
    for column in ("path", "GB/s", "floor GB/s", *ratios, "exact", "note"):
        table.add_column(column, justify="left" if column in ("path", "note") else "right")
    for row in report.tiers:
        exact = {True: "yes", False: "NO", None: "-"}[row.exact]
        shares = (row.share_of_floor, row.best_share_of_floor, row.times_load_file_clone, row.times_load_file_mmap_cold)
        figures = [_number(figure) for figure in (row.gb_per_s, row.floor_gb_per_s, *shares)]
        table.add_row(row.path, *figures, exact, Text(_tier_note(row)))
    return table


def _tier_note(row: TierRow) -> str:
    if row.us_per_tensor is None:
        return row.note or ""
    return f"{row.us_per_tensor:.2f} us a tensor, {_whole(row.bytes_copied)} bytes copied"


def _overhead(rows: Sequence[OverheadRow]) -> Table:
    table = Table(title="What the manager costs")
    for column in ("what", "unit", "p50", "p99", "max", "target", "note"):
        table.add_column(column, justify="left" if column in ("what", "unit", "note") else "right")
    for row in rows:
        target = "-" if row.target is None else f"{row.judged} <= {row.target:g}"
        figures = (_number(row.p50, 3), _number(row.p99, 3), _number(row.max, 3))
        table.add_row(row.what, row.unit, *figures, target, Text(row.note or ""))
    return table


def _cuda(report: Report) -> Table:
    columns = list(dict.fromkeys(key for row in report.cuda for key in row))
    table = Table(title="CUDA")
    for column in columns:
        table.add_column(column)
    for row in report.cuda:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    return table


def _cell(value: object) -> str:
    return _number(value) if isinstance(value, float) else "-" if value is None else str(value)


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _whole(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
