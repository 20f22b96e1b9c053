"""The picture of what the train split is labelled with: a panel a target."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from redheart.training.corpus.distribution import DataReport, TargetReport
from redheart.training.report.figure import BLUE, FAINT, INK, dress, empty_figure, family_for, save

MOST_BARS: Final = 14
_COLUMNS: Final = 3


def draw_labels(report: DataReport, out: Path) -> bool:
    """Shares of labels and classes, means of numbers with their deviation; False, and no file, without any of them.

    Raises InputError if the disk refuses.
    """
    shown = [target for target in report.targets if target.splits["train"].labels or target.splits["train"].spreads]
    if not shown:
        return False
    shown.sort(key=lambda target: -len(_bars(target)[0]))  # rows of like height leave the least empty
    rows = [shown[at : at + _COLUMNS] for at in range(0, len(shown), _COLUMNS)]
    heights = [0.75 + 0.19 * max(len(_bars(target)[0]) for target in row) for row in rows]
    figure = empty_figure(4.3 * _COLUMNS, sum(heights) + 0.2)
    grid = figure.subplots(len(rows), _COLUMNS, squeeze=False, height_ratios=heights)
    for axes_row, row in zip(grid, rows, strict=True):
        for axes, target in zip(axes_row, row, strict=False):
            _draw(axes, target)
            # Bars of one row are equally thick, however many a target has.
            axes.set_ylim(max(len(_bars(each)[0]) for each in row) - 0.4, -0.6)
        for axes in axes_row[len(row) :]:
            axes.set_axis_off()
    save(figure, out)
    return True


def _draw(axes: Any, target: TargetReport) -> None:
    names, values, deviations = _bars(target)
    places = range(len(values))
    if deviations is None:
        axes.barh(places, values, 0.72, color=BLUE)
    else:
        axes.errorbar(values, list(places), xerr=deviations, fmt="o", color=BLUE, ecolor=FAINT, markersize=5)
    dress(axes, f"{target.name}: {target.splits['train'].known:,} known", _meaning(target))
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    families = [family_for(name) for name in names]
    told = [_told(target, name, family) for name, family in zip(names, families, strict=True)]
    axes.set_yticks(list(places), told, fontsize=8)
    for tick, family in zip(axes.get_yticklabels(), families, strict=True):
        tick.set(fontfamily=family or "DejaVu Sans", color=INK)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    if more := len(_all(target)) - len(values):
        axes.annotate(
            f"and {more} rarer ones", (1, 0), (0, 3), xycoords="axes fraction", textcoords="offset points",
            ha="right", fontsize=7.5, color=FAINT,
        )  # fmt: skip


def _told(target: TargetReport, name: str, family: list[str] | None) -> str:
    """The name; where no installed font has its letters, its rank in the table of the report."""
    rank = [each.name for each in _all(target)].index(name) + 1
    return name.replace("_", " ") if family else f"label {rank} of data.json"


def _meaning(target: TargetReport) -> str:
    if target.splits["train"].spreads:
        return "mean, ± one standard deviation"
    return "share of documents" if target.kind == "labels" else "mean share"


def _all(target: TargetReport) -> tuple[Any, ...]:
    train = target.splits["train"]
    return (*train.labels, *train.spreads)


def _bars(target: TargetReport) -> tuple[list[str], list[float], list[float] | None]:
    """Names, lengths, deviations of numbers."""
    train = target.splits["train"]
    if train.spreads:
        spreads = train.spreads[:MOST_BARS]
        return [each.name for each in spreads], [each.mean for each in spreads], [each.sd for each in spreads]
    labels = train.labels[:MOST_BARS]
    return [each.name for each in labels], [each.share for each in labels], None
