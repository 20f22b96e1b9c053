"""`labels.png`: what the train split is labelled with, a panel a target, rows by what they show, largest first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from redheart.nn.network.targets import Kind
from redheart.training.corpus.distribution import DataReport, TargetReport
from redheart.training.report.counted import counted
from redheart.training.report.figure import (
    BLUE,
    FAINT,
    INK,
    LARGE,
    SMALL,
    WIDTH,
    axes_at,
    dress,
    family_for,
    plain_figure,
    save,
)

MOST_BARS: Final = 14
_COLUMNS: Final = 2
#: Inches: a row, a title above, numbers with their meaning below, between the panels, the words above all.
_ROW, _ABOVE, _BELOW, _ASIDE, _HEAD = 0.19, 0.3, 0.45, 0.18, 0.3
#: What a value of each kind of number can be: no whisker reaches beyond.
LIMITS: Final[dict[Kind, tuple[float, float]]] = {
    "scores": (0.0, 1.0), "dimensions": (-1.0, 1.0), "shares": (0.0, 1.0),
}  # fmt: skip


class Row(NamedTuple):
    """A label with its share, or a number with its mean and standard deviation; `place` is that in `data.json`."""

    name: str
    value: float
    deviation: float | None
    place: int


def draw_labels(report: DataReport, out: Path) -> bool:
    """Shares of labels and classes, means of numbers with their deviation; False, and no file, without any of them.

    Raises InputError if the disk refuses.
    """
    shown = [target for target in report.targets if rows_of(target)]
    if shown:
        save(labels_picture(shown), out)
    return bool(shown)


def labels_picture(targets: Sequence[TargetReport]) -> Any:
    """A panel a target, in two columns, each panel as high as its rows ask for."""
    columns = _columns(targets)
    figure = plain_figure(_HEAD + max(sum(map(_height, column)) for column in columns))
    figure.text(
        0.02, 1 - 0.09 / figure.get_figheight(), "Labels of the train split, largest share or mean first",
        va="top", fontsize=LARGE, color=INK,
    )  # fmt: skip
    wide = WIDTH / _COLUMNS
    aside = _ASIDE + max(_inches(name) for target in targets for name, _ in _names(target))
    for place, column in enumerate(columns):
        top = _HEAD
        for target in column:
            high, inner = _ROW * len(_names(target)) + 0.08, wide - aside - 0.2
            axes = axes_at(figure, place * wide + aside, top + _ABOVE, inner, high)
            _draw(axes, target)
            # A title is longer than the bars, so it begins where the names may.
            title = f"{target.name}: {counted(target.splits['train'].known, 'document')}"
            axes.set_title(title, loc="left", x=(_ASIDE - aside) / inner, fontsize=LARGE, color=INK)
            top += _height(target)
    return figure


def rows_of(target: TargetReport) -> list[Row]:
    """All rows of a target, those that show most first."""
    train = target.splits["train"]
    rows = [Row(each.name, each.share, None, place) for place, each in enumerate(train.labels, 1)]
    rows += [Row(each.name, each.mean, each.sd, place) for place, each in enumerate(train.spreads, 1)]
    return sorted(rows, key=lambda row: (-row.value, row.place))


def whisker(row: Row, kind: Kind) -> tuple[float, float]:
    """One deviation to either side of the mean, as far as a value can be."""
    low, high = LIMITS[kind]
    deviation = row.deviation or 0.0
    return max(low, row.value - deviation), min(high, row.value + deviation)


def _columns(targets: Sequence[TargetReport]) -> list[list[TargetReport]]:
    """The longest first, each below what is shortest so far."""
    columns: list[list[TargetReport]] = [[] for _ in range(_COLUMNS)]
    for target in sorted(targets, key=lambda target: -_height(target)):
        min(columns, key=lambda column: sum(map(_height, column))).append(target)
    return columns


def _height(target: TargetReport) -> float:
    return _ABOVE + _ROW * len(_names(target)) + 0.08 + _BELOW


def _draw(axes: Any, target: TargetReport) -> None:
    rows, names = rows_of(target)[:MOST_BARS], _names(target)
    places = range(len(rows))
    if target.kind in LIMITS:
        ends = [whisker(row, target.kind) for row in rows]
        axes.hlines(places, [low for low, _ in ends], [high for _, high in ends], color=FAINT, linewidth=1.5)
        axes.plot([row.value for row in rows], places, "o", color=BLUE, markersize=5)
    else:
        axes.barh(places, [row.value for row in rows], 0.72, color=BLUE)
    dress(axes, across=_meaning(target, rows))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.locator_params(axis="x", nbins=4)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_yticks(range(len(names)), [name for name, _ in names], fontsize=SMALL)
    for tick, (_, family) in zip(axes.get_yticklabels(), names, strict=True):
        tick.set(fontfamily=family, color=INK)


def _meaning(target: TargetReport, rows: Sequence[Row]) -> str:
    """What the numbers below are; a whisker that would leave the range of values is cut, and that is said."""
    if target.kind in LIMITS:
        low, high = LIMITS[target.kind]
        cut = any(row.value - (row.deviation or 0.0) < low or row.value + (row.deviation or 0.0) > high for row in rows)
        return "mean ± deviation" + (f", cut at {low:g}, {high:g}" if cut else "")
    return "share of documents" if target.kind == "labels" else "mean share"


def _names(target: TargetReport) -> list[tuple[str, list[str]]]:
    """Name and fonts of every row that is shown, and a last one without a bar where there are more.

    Where no installed font has a name's letters, its place in `data.json` stands for it.
    """
    rows, plain = rows_of(target), ["DejaVu Sans"]
    names = [(row, family_for(row.name)) for row in rows[:MOST_BARS]]
    told = [
        (row.name.replace("_", " ") if family else f"label {row.place} of data.json", family or plain)
        for row, family in names
    ]
    more = len(rows) - len(told)
    return [*told, (f"{more} more", plain)] if more else told


def _inches(name: str) -> float:
    """How wide a name is, a little more than less: a syllable of Hangul is as wide as two letters."""
    return sum(0.14 if "\u1100" <= letter else 0.078 for letter in name)
