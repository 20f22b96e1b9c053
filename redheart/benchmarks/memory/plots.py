"""The memory benchmark's picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from redheart.benchmarks.memory.report import Report
from redheart.benchmarks.memory.rows import PlanRow, TierRow
from redheart.errors import ConfigError

OURS: Final = "#c0392b"
OTHERS: Final = "#7f8c9a"
FLOOR: Final = "#2c3e50"
POINTS: Final = "offset points"
LABEL: Final = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}


def draw(report: Report, out: Path) -> None:
    """Bytes a request, by contender and budget, with the bound; speeds of the tiers with their floors. A PNG.

    Raises ConfigError if neither was measured.
    """
    budgets = sorted({row.budget_gb for row in report.plans})
    tiers = [row for row in report.tiers if row.gb_per_s is not None]
    if not budgets and not tiers:
        raise ConfigError(f"--plot '{out}': nothing was measured that has a picture. Run --sim or --host.")
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    heights = [4.6] * bool(budgets) + [max(2.5, 0.38 * len(tiers) + 1)] * bool(tiers)
    figure = pyplot.figure(figsize=(14, sum(heights)), layout="constrained")
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    if budgets:
        _plans(parts[0], report.plans, budgets)
    if tiers:
        _tiers(parts[-1].subplots(), tiers)
    figure.savefig(out, dpi=120, format="png")
    pyplot.close(figure)


def _plans(part: Any, rows: Sequence[PlanRow], budgets: Sequence[float]) -> None:
    part.suptitle("Weights moved per request, GB: in (dark), out (pale). Dashed: no plan can bring fewer")
    axes = part.subplots(1, len(budgets), sharey=True, squeeze=False)[0]
    for axis, budget in zip(axes, budgets, strict=True):
        _budget(axis, [row for row in rows if row.budget_gb == budget][::-1], budget)


def _budget(axis: Any, rows: Sequence[PlanRow], budget: float) -> None:
    names = [row.contender for row in rows]
    colours = [OURS if name.startswith("ours") else OTHERS for name in names]
    axis.barh(names, [row.gb_in for row in rows], color=colours)
    axis.barh(names, [row.gb_out for row in rows], left=[row.gb_in for row in rows], color=colours, alpha=0.5)
    for place, row in enumerate(rows):
        moved = row.gb_in + row.gb_out
        axis.annotate(f"{moved:.2f}", (moved, place), (4, 0), textcoords=POINTS, va="center", fontsize=8, bbox=LABEL)
    axis.axvline(rows[0].bound_gb, color=FLOOR, linestyle="--", linewidth=1.2)
    axis.set_title(f"{budget:g} GB (bound {rows[0].bound_gb:.2f})", fontsize=10)
    axis.set_xlim(0, max(row.gb_in + row.gb_out for row in rows) * 1.18)
    axis.spines[["top", "right"]].set_visible(False)


def _tiers(axis: Any, rows: Sequence[TierRow]) -> None:
    shown = rows[::-1]
    colours = [OURS if row.path in ("warm", "cold") else OTHERS for row in shown]
    axis.barh([row.path for row in shown], [row.gb_per_s for row in shown], color=colours)
    for place, row in enumerate(shown):
        share = f"  ({row.share_of_floor:.2f} of its floor)" if row.share_of_floor is not None else ""
        said, end = f"{row.gb_per_s:.2f}{share}", (row.gb_per_s, place)
        axis.annotate(said, end, (5, 0), textcoords=POINTS, va="center", fontsize=8, bbox=LABEL)
        if row.floor_gb_per_s is not None:
            axis.plot([row.floor_gb_per_s] * 2, [place - 0.4, place + 0.4], color=FLOOR, linewidth=2)
    axis.set_title("Bringing weights into RAM, GB/s (mark: the floor of the same run)", fontsize=11)
    axis.set_xlim(0, max(row.gb_per_s or 0 for row in shown) * 1.25)
    axis.spines[["top", "right"]].set_visible(False)
