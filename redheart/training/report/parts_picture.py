"""`parts.png`: how every part learned, a panel for its loss and one for the metric of each of its targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from redheart.training.report.figure import (
    CONSTANT,
    FAINT,
    INK,
    LARGE,
    METRIC,
    VALIDATION,
    dress,
    epoch_axis,
    few_ticks,
    legend_above,
    panels,
)
from redheart.training.report.metric_name import parted
from redheart.training.run.figures import EpochFigures
from redheart.training.run.metrics import main_metric

_COLUMNS: Final = 3
_DASHES: Final = (0, (4, 3))


class _Panel(NamedTuple):
    """One curve: (epoch, value), and what the best constant answer reaches."""

    title: str
    unit: str
    colour: str
    seen: list[tuple[int, float]]
    best: tuple[int, float]
    constant: float | None = None


def parts_picture(epochs: Sequence[EpochFigures], baselines: Mapping[str, float]) -> Any:
    """Each part's validation loss, then its targets' main metrics; `baselines` of constants, dashed where known."""
    shown = [panel for part in _parts(epochs) for panel in _panels(part, epochs, baselines)]
    if not shown:
        return _nothing()
    figure, grid = panels(len(shown), _COLUMNS, 1.05, (0.88, 0.45, 0.5))
    for axes, panel in zip(grid, shown, strict=True):
        _draw(axes, panel, (epochs[0].epoch, epochs[-1].epoch))
    legend_above(figure, _legend(shown), columns=2)
    return figure


def _parts(epochs: Sequence[EpochFigures]) -> list[str]:
    return list(dict.fromkeys(part for one in epochs for part in one.parts))


def _panels(part: str, epochs: Sequence[EpochFigures], baselines: Mapping[str, float]) -> Iterator[_Panel]:
    found = [(one.epoch, one.parts[part]) for one in epochs if part in one.parts]
    losses = [(epoch, figures.loss) for epoch, figures in found]
    lowest = min(losses, key=lambda point: (point[1], point[0]))
    yield _Panel(f"{part}\nvalidation loss", "loss", VALIDATION, losses, lowest)
    for name in dict.fromkeys(name for _, figures in found for name in figures.metrics if _is_main(name)):
        seen = [(epoch, figures.metrics[name]) for epoch, figures in found if name in figures.metrics]
        target, metric = parted(name)
        highest = max(seen, key=lambda point: (point[1], -point[0]))
        yield _Panel(f"{part}\n{target}", metric, METRIC, seen, highest, baselines.get(name))


def _is_main(name: str) -> bool:
    return name == main_metric(name.partition(" ")[0])


def _draw(axes: Any, panel: _Panel, ends: tuple[int, int]) -> None:
    marker = "o" if len(panel.seen) <= 20 else None
    axes.plot(*zip(*panel.seen, strict=True), color=panel.colour, linewidth=1.5, marker=marker, markersize=2.5)
    axes.plot(*panel.best, "o", color=INK, markersize=6.5, fillstyle="none")
    if panel.constant is not None:
        axes.axhline(panel.constant, color=CONSTANT, linestyle=_DASHES, linewidth=1.2)
    dress(axes, panel.title, "epoch", panel.unit)
    axes.margins(y=0.12)
    epoch_axis(axes, *ends, most=4)
    few_ticks(axes)


def _legend(shown: Sequence[_Panel]) -> list[Any]:
    """What is drawn, and nothing else."""
    from matplotlib.lines import Line2D

    colours = {panel.colour for panel in shown}
    handles = [
        Line2D([], [], color=colour, linewidth=1.5, label=label)
        for colour, label in ((VALIDATION, "validation loss"), (METRIC, "metric on validation"))
        if colour in colours
    ]
    handles.append(Line2D([], [], color=INK, marker="o", fillstyle="none", linestyle="", label="best epoch"))
    if any(panel.constant is not None for panel in shown):
        handles.append(Line2D([], [], color=CONSTANT, linestyle=_DASHES, label="best constant answer"))
    return handles


def _nothing() -> Any:
    figure, (axes,) = panels(1, 1, 1.05, (0.72, 0.45, 0.0))
    axes.set_axis_off()
    axes.text(0.5, 0.5, "no part was judged", transform=axes.transAxes, ha="center", fontsize=LARGE, color=FAINT)
    return figure
