"""The decomposition in a report: its shares, its strongest terms in words, and the other readings beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import Clipped, bar, number, plain
from redheart.entrypoints.labels import Labels
from redheart.entrypoints.phrases import Phrases
from redheart.types.result import InferResult
from redheart.types.surd import SurdReading, SurdShares

_BAR = 20


def drivers(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """Shares, sentences, other targets, series."""
    surd = result.analysis.surd
    if surd.shares is None:
        yield Text(f"{say('null')}: {plain(Phrases(result.language)(surd.reason or ''))}")
    else:
        yield _bars(surd.shares, say, surd.errors or {})
        if surd.estimate:
            yield Text(say("surd_estimate"), style="dim")
    if surd.unit == "clause" and surd.summary:
        yield _units(surd)
    if surd.summary:
        yield _lines(surd.summary)
    for name, target in surd.targets.items():
        if target.shares is not None:
            yield Text(f"{say(f'surd_{name}')}: {_in_one_line(target.shares, say)}", style="dim")
    yield from _series(surd, say)


def _bars(shares: SurdShares, say: Labels, errors: Mapping[str, float]) -> Table:
    """`errors`: of an estimate, by share."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, share in shares.model_dump().items():
        error = f"±{number(errors[name])}" if name in errors else ""
        grid.add_row(say(name), Text(bar(share, _BAR), style="blue"), number(share), error)
    return grid


def _units(surd: SurdReading) -> Table:
    """Clauses are listed nowhere else in the report."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(ratio=1)
    for at, text in enumerate(surd.units, 1):
        grid.add_row(f"[{at}]", Clipped(text, "dim", ("“", "”")))
    return grid


def _lines(summary: tuple[str, ...]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for line in summary:
        grid.add_row("·", Text(line))
    return grid


def _in_one_line(shares: SurdShares, say: Labels) -> str:
    return " · ".join(f"{say(name)} {number(share)}" for name, share in shares.model_dump().items())


def _series(surd: SurdReading, say: Labels) -> Iterator[RenderableType]:
    """What the trajectory's past tells of each variable, beyond what shifted series give."""
    if surd.series is None:
        return
    yield Text(say("surd_series").format(count=surd.series.samples), style="dim")
    for target in surd.series.targets:
        share, p = target.corrected["explained"], target.p_values["explained"]
        yield Text(f"  {say(target.variable)} {number(share, True)} (p {number(p)})", style="dim")
