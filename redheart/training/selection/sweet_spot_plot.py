"""The picture of sweet spots: a row a module, loss and metric over the epochs. Needs the extra `plot`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from redheart.errors import ConfigError
from redheart.training.run.figures import EpochFigures
from redheart.training.selection import gradient_health, lowest_loss, mcda, plateau, task_metric
from redheart.training.selection.curve import Curve, curves_of
from redheart.training.selection.sweet_spot import SweetSpot, SweetSpots
from redheart.training.whole_file import write_whole

# Okabe and Ito's colours: told apart by everybody, and in grey.
_LOSS, _SCORE, _WINNER = "#0072b2", "#009e73", "#f0e442"
_MARKS: Final = {
    plateau.NAME: ("s", "#cc79a7"),
    task_metric.NAME: ("^", "#009e73"),
    mcda.NAME: ("D", "#d55e00"),
    gradient_health.NAME: ("P", "#666666"),
    lowest_loss.NAME: ("o", "#0072b2"),
}
_ROW_INCHES: Final = 2.1


def draw(spots: SweetSpots, figures: Sequence[EpochFigures], out: Path) -> None:
    """Each technique's choice is marked on the loss, the winner shaded, epochs on disk are dots. A PNG.

    Raises ConfigError without matplotlib, InputError if the disk refuses.
    """
    if find_spec("matplotlib") is None:
        raise ConfigError("--plots needs matplotlib, which is not installed: pip install 'redheart[plot]'.")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curves = curves_of(figures, spots.on_disk)
    figure = Figure(figsize=(12, _ROW_INCHES * len(spots.spots) + 0.9), layout="constrained")
    rows = figure.subplots(len(spots.spots), 2, squeeze=False, sharex=True)
    for axes, spot in zip(rows, spots.spots.values(), strict=True):
        _draw_losses(axes[0], curves[spot.module], spot)
        _draw_scores(axes[1], curves[spot.module], spot)
    for axis in rows[-1]:
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(handles=_legend(), loc="outside upper center", ncols=8, frameon=False, fontsize=9)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn)
    write_whole(out, drawn.getvalue())


def _draw_losses(axis: Any, curve: Curve, spot: SweetSpot) -> None:
    _draw_line(axis, curve, curve.losses, _LOSS)
    axis.set_title(f"{spot.module}: epoch {spot.epoch} ({spot.confidence:.0%})", loc="left", fontsize=10)
    axis.set_ylabel("validation loss", fontsize=8)
    _shade(axis, spot)
    taken: dict[int, int] = {}
    for choice in spot.choices:
        if choice.span is not None:
            low, high = choice.span
            axis.axvspan(low - 0.5, high + 0.5, ymax=0.04, color=_MARKS[plateau.NAME][1], linewidth=0)
        if choice.epoch is not None:
            place = taken[choice.epoch] = taken.get(choice.epoch, -1) + 1
            _mark(axis, choice.technique, choice.epoch, float(curve.losses[curve.epochs == choice.epoch][0]), place)


def _draw_scores(axis: Any, curve: Curve, spot: SweetSpot) -> None:
    if not np.isfinite(curve.scores).any():
        axis.set_axis_off()
        axis.text(0.5, 0.5, "no task metric", transform=axis.transAxes, ha="center", va="center", color="#666666")
        return
    _draw_line(axis, curve, curve.scores, _SCORE)
    label = curve.metrics[0] if len(curve.metrics) == 1 else f"mean of {len(curve.metrics)} metrics"
    axis.set_title(label, loc="left", fontsize=10)
    _shade(axis, spot)


def _draw_line(axis: Any, curve: Curve, values: np.ndarray, colour: str) -> None:
    axis.plot(curve.epochs, values, color=colour, linewidth=1.4)
    axis.plot(curve.epochs[curve.held], values[curve.held], ".", color=colour, markersize=5)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
    axis.margins(x=0.02, y=0.12)


def _mark(axis: Any, technique: str, epoch: int, loss: float, place: int) -> None:
    """Marks of one epoch stand above one another."""
    from matplotlib.transforms import ScaledTranslation

    mark, colour = _MARKS[technique]
    lifted = axis.transData + ScaledTranslation(0, (7 + 9 * place) / 72, axis.figure.dpi_scale_trans)
    axis.plot([epoch], [loss], mark, color=colour, markersize=6, transform=lifted, clip_on=False, zorder=3)


def _shade(axis: Any, spot: SweetSpot) -> None:
    axis.axvspan(spot.epoch - 0.5, spot.epoch + 0.5, color=_WINNER, alpha=0.45, linewidth=0, zorder=0)


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = [
        Line2D([], [], marker=mark, color=colour, linestyle="", label=name) for name, (mark, colour) in _MARKS.items()
    ]
    plateau_bar = Patch(color=_MARKS[plateau.NAME][1], label="plateau's span")
    return [*marks, plateau_bar, Patch(color=_WINNER, alpha=0.45, label="sweet spot")]
