"""Every label's F1, or every output's r, beside how many rows it rests on; the best first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redheart.training.report.figure import (
    BLUE,
    FAINT,
    INK,
    LARGE,
    SKY,
    SMALL,
    WIDTH,
    axes_at,
    family_for,
    plain_figure,
    save,
)

if TYPE_CHECKING:
    from redheart.training.evaluation.kinds import Judge
    from redheart.training.evaluation.result import LabelFigures, PartResult

_ROW, _HEAD, _BELOW, _RIGHT = 0.19, 0.5, 0.5, 1.55


def draw_labels(judge: Judge, part: PartResult, title: str, out: Path) -> bool:
    """False, and no file, for a part without labels of its own. Raises InputError if the disk refuses."""
    if not part.labels:
        return False
    rated = all(each.f1 is None for each in part.labels.values())
    order = sorted(part.labels.items(), key=lambda item: -(_value(item[1]) or 0.0))
    save(_picture(order, list(part.labels), title, rated), out)
    return True


def _value(label: LabelFigures) -> float | None:
    return label.f1 if label.f1 is not None else label.r


def _picture(rows: Sequence[tuple[str, LabelFigures]], known: Sequence[str], title: str, rated: bool) -> Any:
    names = [_named(name, known) for name, _ in rows]
    aside = 0.2 + max(_inches(name) for name, _ in names)
    high = _ROW * len(rows) + 0.08
    figure = plain_figure(_HEAD + high + _BELOW)
    wide = WIDTH - aside - 0.15 - (0 if rated else _RIGHT)
    axes = axes_at(figure, aside, _HEAD, wide, high)
    _bars(axes, [_value(label) or 0.0 for _, label in rows], BLUE, "r" if rated else "F1")
    axes.set_yticks(range(len(rows)), [name for name, _ in names], fontsize=SMALL)
    for tick, (_, family) in zip(axes.get_yticklabels(), names, strict=True):
        tick.set(fontfamily=family, color=INK)
    if not rated:
        support = axes_at(figure, aside + wide + 0.2, _HEAD, _RIGHT - 0.2, high)
        _bars(support, [label.support for _, label in rows], SKY, "rows")
        support.set_yticks([])
    figure.text(0.02, 1 - 0.12 / figure.get_figheight(), title, va="top", fontsize=LARGE, color=INK, parse_math=False)
    return figure


def _bars(axes: Any, values: Sequence[float], colour: str, meaning: str) -> None:
    axes.barh(range(len(values)), values, 0.72, color=colour)
    for place, value in enumerate(values):
        told = f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
        axes.annotate(
            told, (max(value, 0), place), (2, 0), textcoords="offset points", va="center", fontsize=7, color=INK
        )
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *values), 1.18 * max(0.05, *values))
    axes.set_xlabel(meaning, fontsize=SMALL, color=INK)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.locator_params(axis="x", nbins=4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(axis="x", labelsize=SMALL, color=FAINT, labelcolor="#4f4f4f")
    axes.tick_params(axis="y", length=0)


def _named(name: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """Name and fonts; its place among the labels where no installed font has its letters."""
    family = family_for(name)
    return (name.replace("_", " "), family) if family else (f"label {known.index(name) + 1}", ["DejaVu Sans"])


def _inches(name: str) -> float:
    """How wide a name is, a little more than less: a syllable of Hangul is as wide as two letters."""
    return sum(0.14 if "\u1100" <= letter else 0.078 for letter in name)
