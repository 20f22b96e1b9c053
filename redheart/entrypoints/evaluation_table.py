"""What `redheart evaluate` found, as a table a split for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import NOTHING, clipped

if TYPE_CHECKING:
    from rich.console import RenderableType

    from redheart.training.evaluation.result import Evaluation, SplitResult


def tables(whole: Evaluation) -> Iterator[RenderableType]:
    """A title and a table for each split, and below it what is to be known of its figures."""
    yield Text(f"{whole.task}, checkpoint {whole.checkpoint} ({whole.checkpoint_sha256[:12]})", style="bold")
    for result in whole.results:
        yield Text(_title(result))
        yield _figures(result)
        for note in result.notes:
            yield Text(f"  {note}", style="dim")


def _title(result: SplitResult) -> str:
    fitted = f", thresholds and calibration: {result.fitted}" if result.fitted else ""
    return (
        f"\n{clipped(result.file, 70)}, {result.split}: {result.n:,} rows of {' and '.join(result.languages)}, "
        f"{result.rows_per_second:,.0f} rows/s{fitted}"
    )


def _figures(result: SplitResult) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("metric")
    for name in ("value", "95 % interval", "constant"):
        table.add_column(name, justify="right")
    for name, value in result.metrics.items():
        low_high = result.ci95.get(name)
        interval = f"{number(low_high[0])} … {number(low_high[1])}" if low_high else NOTHING
        table.add_row(name, number(value), interval, number(result.baseline.get(name)))
    return table


def number(value: float | None) -> str:
    """Four decimals, as many as the intervals bear; a dash where there is none."""
    return NOTHING if value is None else f"{value:.4f}".replace("-", "−")
