"""The picture of sweet spots: a row a module, loss and metric over the epochs. Needs the extra `plot`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import numpy as np

from redheart.errors import ConfigError
from redheart.training.report.counted import counted
from redheart.training.report.figure import (
    FAINT,
    METRIC,
    PURPLE,
    RED,
    SKY,
    SMALL,
    VALIDATION,
    dress,
    epoch_axis,
    few_ticks,
    legend_above,
    panels,
    save,
)
from redheart.training.report.metric_name import parted
from redheart.training.run.figures import EpochFigures
from redheart.training.selection import gradient_health, lowest_loss, mcda, plateau, task_metric
from redheart.training.selection.curve import Curve, curves_of
from redheart.training.selection.sweet_spot import SweetSpot, SweetSpots

# What looks at a curve has its colour.
_MARKS: Final = {
    plateau.NAME: ("s", PURPLE),
    task_metric.NAME: ("^", METRIC),
    mcda.NAME: ("D", RED),
    gradient_health.NAME: ("P", FAINT),
    lowest_loss.NAME: ("o", VALIDATION),
}
_WINNER: Final[dict[str, Any]] = {"color": SKY, "alpha": 0.3, "linewidth": 0}
_HIGH: Final = 1.25  # inches
_STRIP: Final = 0.62  # of the height: above it stand the votes, below it the curve
_LETTERS: Final = 30  # a line of a title


def draw(spots: SweetSpots, figures: Sequence[EpochFigures], out: Path) -> None:
    """Each technique's choice stands above its epoch, the winner is shaded, epochs on disk are dots. A PNG.

    Raises ConfigError without matplotlib, InputError if the disk refuses.
    """
    if find_spec("matplotlib") is None:
        raise ConfigError("--plots needs matplotlib, which is not installed: pip install 'redheart[plot]'.")
    save(sweet_spot_figure(spots, figures), out)


def sweet_spot_figure(spots: SweetSpots, figures: Sequence[EpochFigures]) -> Any:
    """Two panels a module: its validation loss with the votes, its metric where it has one."""
    curves = curves_of(figures, spots.on_disk)
    handles = _legend(spots, curves)
    figure, grid = panels(2 * len(spots.spots), 2, _HIGH, (0.88, 0.56, 0.24 * -(-len(handles) // 3) + 0.1))
    ends = (min(one.epoch for one in figures), max(one.epoch for one in figures))
    for left, right, spot in zip(grid[::2], grid[1::2], spots.spots.values(), strict=True):
        curve = curves[spot.module]
        _draw_losses(left, curve, spot)
        if _has_metric(curve):
            _draw_scores(right, curve, spot)
        else:
            right.set_axis_off()
            right.text(0.5, 0.5, "no metric of its own", transform=right.transAxes, ha="center", color=FAINT)
        for axes in (left, right):
            epoch_axis(axes, *ends, most=6)
    legend_above(figure, handles, columns=3)
    return figure


def _draw_losses(axes: Any, curve: Curve, spot: SweetSpot) -> None:
    votes = f"{spot.votes} of {counted(spot.voters, 'vote')}"
    dress(axes, f"{spot.module}\nepoch {spot.epoch}, {votes}", "epoch", "validation loss")
    _draw_line(axes, curve, curve.losses, VALIDATION)
    low, high = axes.get_ylim()
    axes.set_ylim(low, low + (high - low) / _STRIP)
    _shade(axes, spot)
    taken: dict[int, int] = {}
    for choice in spot.choices:
        if choice.span is not None:
            first, last = choice.span
            axes.axvspan(first - 0.5, last + 0.5, ymax=0.05, color=_MARKS[plateau.NAME][1], linewidth=0)
        if choice.epoch is not None:
            place = taken[choice.epoch] = taken.get(choice.epoch, -1) + 1
            _mark(axes, choice.technique, choice.epoch, place)


def _draw_scores(axes: Any, curve: Curve, spot: SweetSpot) -> None:
    unit = parted(curve.metrics[0])[1] if len(curve.metrics) == 1 else "mean of metrics"
    at = "" if spot.score is None else f": {spot.score:.3f} at epoch {spot.epoch}"
    dress(axes, fill(f"{metrics_text(curve.metrics)}{at}", _LETTERS), "epoch", unit)
    axes.title.set_fontsize(SMALL)
    _draw_line(axes, curve, curve.scores, METRIC)
    _shade(axes, spot)


def metrics_text(names: Sequence[str]) -> str:
    """('cause accuracy', 'emotion macro_f1', 'kote macro_f1') -> 'mean of cause accuracy; emotion, kote macro-F1'."""
    pairs = sorted((parted(name) for name in names), key=lambda pair: pair[1])
    said = [
        f"{', '.join(target for target, _ in same)} {metric}"
        for metric, same in groupby(pairs, key=lambda pair: pair[1])
    ]
    return ("mean of " if len(names) > 1 else "") + "; ".join(said)


def _draw_line(axes: Any, curve: Curve, values: np.ndarray, colour: str) -> None:
    axes.plot(curve.epochs, values, color=colour, linewidth=1.4)
    axes.plot(curve.epochs[curve.held], values[curve.held], ".", color=colour, markersize=5)
    axes.margins(y=0.14)
    few_ticks(axes)


def _mark(axes: Any, technique: str, epoch: int, place: int) -> None:
    """Votes for one epoch stand above one another, in a strip above the curve."""
    mark, colour = _MARKS[technique]
    step = (1 - _STRIP) / len(_MARKS)
    height = _STRIP + step * (place + 0.5)
    axes.plot([epoch], [height], mark, color=colour, markersize=5, transform=axes.get_xaxis_transform(), zorder=3)


def _shade(axes: Any, spot: SweetSpot) -> None:
    axes.axvspan(spot.epoch - 0.5, spot.epoch + 0.5, zorder=0, **_WINNER)


def _has_metric(curve: Curve) -> bool:
    return bool(np.isfinite(curve.scores).any())


def _legend(spots: SweetSpots, curves: dict[str, Curve]) -> list[Any]:
    """What is drawn, and nothing else."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = [curves[name] for name in spots.spots]
    lines = [(VALIDATION, "validation loss"), *((METRIC, "metric") for _ in range(any(map(_has_metric, shown))))]
    handles: list[Any] = [Line2D([], [], color=colour, label=label) for colour, label in lines]
    handles.append(Line2D([], [], color=FAINT, marker=".", linestyle="", label="checkpoint on disk"))
    handles += _votes(spots)
    if any(choice.span is not None for spot in spots.spots.values() for choice in spot.choices):
        handles.append(Patch(color=_MARKS[plateau.NAME][1], label="plateau's span"))
    return [*handles, Patch(label="sweet spot", **_WINNER)]


def _votes(spots: SweetSpots) -> Iterator[Any]:
    from matplotlib.lines import Line2D

    voted = {choice.technique for spot in spots.spots.values() for choice in spot.choices if choice.epoch is not None}
    for name, (mark, colour) in _MARKS.items():
        if name in voted:
            yield Line2D([], [], marker=mark, color=colour, linestyle="", label=f"vote: {name}")
