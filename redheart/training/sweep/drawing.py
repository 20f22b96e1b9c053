"""What the sweep's pictures share: axes of rates and losses, points with those off the scale, enough digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

from redheart.errors import ConfigError
from redheart.training.report.counted import counted
from redheart.training.report.figure import BLUE, GREEN, ORANGE, PURPLE, RED, SKY, SMALL, dress
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.schedule import Scored

STAGE_COLOURS: Final = (BLUE, GREEN, ORANGE, PURPLE, SKY)
WINNER, EARLIER = RED, "#9a9a9a"
_MOST_DIGITS: Final = 6


def refuse_no_matplotlib() -> None:
    """Raises ConfigError where pictures cannot be drawn."""
    if find_spec("matplotlib") is None:
        raise ConfigError(
            "the pictures of the sweep need matplotlib, which is not installed. "
            "Install it: pip install 'redheart[plot]', or leave the pictures out: --no-plots."
        )


def title(axes: Any, text: str) -> None:
    """What the panel shows, as a sentence at its left. Keeps the names of the axes."""
    dress(axes, text, axes.get_xlabel(), axes.get_ylabel())
    axes.grid(False)


def rates_text(rates: Sequence[float]) -> list[str]:
    """Three digits, and as many more as tell different rates apart."""
    for digits in range(3, _MOST_DIGITS + 1):
        said = [_rate(rate, digits) for rate in rates]
        if len(set(said)) == len(set(rates)):
            break
    return said if rates else []


def losses_text(*losses: float) -> list[str]:
    """Four decimals, three digits where that would be fewer, and as many more as tell different losses apart."""
    least = min((abs(loss) for loss in losses if loss), default=1.0)
    first = max(4, 2 - math.floor(math.log10(least)))
    for decimals in range(first, first + _MOST_DIGITS):
        said = [f"{loss:.{decimals}f}" for loss in losses]
        if len(set(said)) == len(set(losses)):
            break
    return said


def loss_axis(axes: Any, losses: Sequence[float], label: str = "validation loss", held: Sequence[float] = ()) -> None:
    """A linear axis that holds `losses` by `loss_limits` and all of `held`, its ticks written in full."""
    axes.set_ylim(*loss_limits(losses, held))
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    axes.set_ylabel(label)


def rate_axis(axes: Any, low: float, high: float) -> None:
    """A logarithmic axis of rates with a little room at both ends, ticks in figures."""
    room = (high / low) ** 0.06
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    ticks = _ticks(low, high)
    axes.set_xticks(ticks, rates_text(ticks))
    axes.set_xticks([], minor=True)
    axes.set_xlabel("learning rate")


def loss_limits(losses: Sequence[float], held: Sequence[float] = ()) -> tuple[float, float]:
    """From the lowest loss to three times the way to the worst but a fifth: lost trials must not flatten the others.

    All of `held`, such as ends of error bars, lies inside.
    """
    known = sorted(loss for loss in losses if math.isfinite(loss))
    kept = [loss for loss in held if math.isfinite(loss)]
    if not known and not kept:
        return 0.0, 1.0
    lowest, usual, top = known[0], known[int(0.8 * (len(known) - 1))], known[-1]
    if usual > lowest:
        top = min(top, lowest + 3 * (usual - lowest))
    low, top = min([lowest, *kept]), max([top, *kept])
    room = 0.08 * (top - low) or 0.05 * abs(low) or 1.0
    return low - room, top + 2 * room


def panel_legend(axes: Any, columns: int = 2) -> None:
    """Under the panel, where it hides no point."""
    axes.legend(fontsize=SMALL, frameon=False, ncols=columns, loc="upper center", bbox_to_anchor=(0.5, -0.21))


def draw_points(axes: Any, points: Sequence[Scored], colour: str, label: str) -> None:
    """Losses by rate; what lies above the axis stands at its upper edge, its loss or 'diverged' beside it."""
    top = axes.get_ylim()[1]
    if points:
        inside = [point for point in points if point.loss <= top]
        across, up = [point.lr for point in inside], [point.loss for point in inside]
        axes.plot(across, up, "o", color=colour, markersize=5.5, label=label, zorder=3)
    labelled = 0.0
    for point in sorted(points, key=lambda point: point.lr):
        if point.loss > top:
            crowded = point.lr < labelled * 1.6
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
            label=f"mean ± deviation, {counted(len(shown[0].seeds), 'further seed')}",
            zorder=4,
        )


def _draw_off_scale(axes: Any, point: Scored, colour: str, with_text: bool) -> None:
    text, marker = ("diverged", "x") if math.isinf(point.loss) else (f"{point.loss:.4g}", "^")
    place = axes.get_xaxis_transform()
    axes.plot([point.lr], [0.98], marker, color=colour, transform=place, clip_on=False, zorder=3)
    if with_text:
        axes.text(
            point.lr, 0.94, text, transform=place, rotation=90, ha="center", va="top", fontsize=SMALL, color=colour
        )


def _ticks(low: float, high: float) -> list[float]:
    """Whole decades where there are three or more, else four rates evenly spaced."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        return [10.0**power for power in range(first, last + 1)]
    return [low * (high / low) ** (place / 3) for place in range(4)]


def _rate(rate: float, digits: int) -> str:
    """As `rate_text`, to so many digits."""
    mantissa, exponent = f"{rate:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
