"""What the sweep's pictures share: an empty figure, an axis of rates, points with those off the scale, a PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

from redheart.errors import ConfigError
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.schedule import Scored, rate_text

# Okabe and Ito's colours: told apart by everybody, and in grey.
STAGE_COLOURS: Final = ("#0072b2", "#009e73", "#e69f00", "#cc79a7", "#56b4e9")
WINNER, EARLIER, INK = "#d55e00", "#aaaaaa", "#333333"


def refuse_no_matplotlib() -> None:
    """Raises ConfigError where pictures cannot be drawn."""
    if find_spec("matplotlib") is None:
        raise ConfigError(
            "the pictures of the sweep need matplotlib, which is not installed. "
            "Install it: pip install 'redheart[plot]', or leave the pictures out: --no-plots."
        )


def empty_figure(width: float, height: float) -> Any:
    """A matplotlib figure in inches that belongs to nobody else: no pyplot, no window, no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png_of(figure: Any) -> bytes:
    """The same figures give the same bytes: neither a date nor a version goes in."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=130, metadata={"Software": None})
    return drawn.getvalue()


def title(axes: Any, text: str) -> None:
    """What the panel shows, as a sentence at its left."""
    axes.set_title(text, loc="left", fontsize=10.5, color=INK)
    axes.spines[["top", "right"]].set_visible(False)


def loss_axis(axes: Any, losses: Sequence[float], label: str = "validation loss") -> None:
    """A linear axis that holds `losses` by `loss_limits`, its ticks written in full."""
    axes.set_ylim(*loss_limits(losses))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_ylabel(label)


def rate_axis(axes: Any, low: float, high: float) -> None:
    """A logarithmic axis of rates with a little room at both ends, ticks in figures."""
    room = (high / low) ** 0.06
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    ticks = _ticks(low, high)
    axes.set_xticks(ticks, [rate_text(rate) for rate in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("learning rate")


def loss_limits(losses: Sequence[float]) -> tuple[float, float]:
    """From the lowest loss to three times the way to the worst but a fifth: lost trials must not flatten the others."""
    known = sorted(loss for loss in losses if math.isfinite(loss))
    if not known:
        return 0.0, 1.0
    lowest, usual = known[0], known[int(0.8 * (len(known) - 1))]
    top = min(known[-1], lowest + 3 * (usual - lowest)) if usual > lowest else known[-1]
    room = 0.08 * (top - lowest) or 0.05 * abs(lowest) or 1.0
    return lowest - room, top + 2 * room


def legend_below(axes: Any) -> None:
    """Under the panel, where it hides no point."""
    axes.legend(fontsize=8.5, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.14))


def draw_points(axes: Any, points: Sequence[Scored], colour: str, label: str) -> None:
    """Losses by rate; what lies above the axis stands at its upper edge, its loss or 'diverged' beside it."""
    top = axes.get_ylim()[1]
    inside = [point for point in points if point.loss <= top]
    if inside:
        across, up = [point.lr for point in inside], [point.loss for point in inside]
        axes.plot(across, up, "o", color=colour, markersize=6, label=label, zorder=3)
    labelled = 0.0
    for point in sorted(points, key=lambda point: point.lr):
        if point.loss > top:
            crowded = point.lr < labelled * 1.25
            _draw_off_scale(axes, point, colour, with_text=not crowded)
            labelled = labelled if crowded else point.lr


def spread_of(leaders: Sequence[Repeated]) -> list[float]:
    """Both ends of every error bar."""
    steady = [(leader.mean, leader.standard_deviation or 0.0) for leader in leaders if leader.mean is not None]
    return [mean + side * deviation for mean, deviation in steady for side in (-1, 1)]


def draw_leaders(axes: Any, leaders: Sequence[Repeated]) -> None:
    """Mean and standard deviation over the further seeds."""
    shown = [leader for leader in leaders if leader.mean is not None]
    if shown:
        axes.errorbar(
            [leader.lr for leader in shown],
            [leader.mean for leader in shown],
            yerr=[leader.standard_deviation or 0.0 for leader in shown],
            fmt="D",
            color=WINNER,
            markersize=4.5,
            capsize=4,
            label=f"mean ± standard deviation, {len(shown[0].seeds)} further seeds",
            zorder=4,
        )


def _draw_off_scale(axes: Any, point: Scored, colour: str, with_text: bool) -> None:
    text, marker = ("diverged", "x") if math.isinf(point.loss) else (f"{point.loss:.4g}", "^")
    place = axes.get_xaxis_transform()
    axes.plot([point.lr], [0.985], marker, color=colour, transform=place, clip_on=False, zorder=3)
    if with_text:
        axes.text(point.lr, 0.955, text, transform=place, rotation=90, ha="center", va="top", fontsize=7, color=colour)


def _ticks(low: float, high: float) -> list[float]:
    """Whole decades where there are three or more, else five rates evenly spaced."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        return [10.0**power for power in range(first, last + 1)]
    return [low * (high / low) ** (place / 4) for place in range(5)]
