"""`hierarchical_lr_sweep.png`: the whole search in one picture."""

from __future__ import annotations

import math
from typing import Any

from redheart.training.sweep.drawing import (
    EARLIER,
    INK,
    STAGE_COLOURS,
    WINNER,
    draw_leaders,
    draw_points,
    empty_figure,
    legend_below,
    loss_axis,
    png_of,
    rate_axis,
    spread_of,
    title,
)
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.schedule import Scored, rate_text


def draw_overview(result: SweepResult) -> bytes:
    """Stages, tie-break, search path, loss curves, range test, comparison: a PNG of six panels."""
    figure = empty_figure(16.5, 10.0)
    panels = figure.subplots(2, 3)
    _draw_stages(panels[0, 0], result)
    _draw_tie_break(panels[0, 1], result)
    _draw_path(panels[0, 2], result)
    _draw_curves(figure, panels[1, 0], result)
    _draw_range(panels[1, 1], result)
    _draw_comparison(panels[1, 2], result)
    figure.suptitle(_headline(result), x=0.01, ha="left", fontsize=13.5)
    return png_of(figure)


def _headline(result: SweepResult) -> str:
    alike = result.tie_break.indistinguishable
    found = f"Learning rate {rate_text(result.optimal_lr)}, validation loss {result.validation_loss:.4g}"
    if len(alike) == 1:
        return f"{found}: better than every other rate tried"
    return f"{found}: {len(alike)} rates from {rate_text(alike[0])} to {rate_text(alike[-1])} cannot be told from it"


def _draw_stages(axes: Any, result: SweepResult) -> None:
    points = [point for stage in result.stages for point in stage.points]
    earlier = [Scored(old.lr, old.val_loss) for old in result.earlier]
    rates = [point.lr for point in points] + [old.lr for old in earlier]
    loss_axis(axes, [point.scored.loss for point in points] + [old.loss for old in earlier])
    rate_axis(axes, min(rates), max(rates))
    draw_points(axes, earlier, EARLIER, "earlier sweeps")
    for stage in result.stages:
        own = [point.scored for point in stage.points]
        draw_points(axes, own, STAGE_COLOURS[stage.stage], f"stage {stage.stage}")
    legend_below(axes)
    title(axes, f"{len(points)} rates, the first seed")


def _draw_tie_break(axes: Any, result: SweepResult) -> None:
    """The leaders' neighbourhood, with their spread and all that lies within the noise."""
    tie_break, tried = result.tie_break, [point.scored for stage in result.stages for point in stage.points]
    tried += [Scored(old.lr, old.val_loss) for old in result.earlier]
    alike = tie_break.indistinguishable
    span = [*alike, *(leader.lr for leader in tie_break.leaders)]
    low, high = min(span) / 1.15, max(span) * 1.15
    near = [point for point in tried if low <= point.lr <= high]
    loss_axis(axes, [point.loss for point in near] + spread_of(tie_break.leaders))
    rate_axis(axes, low, high)
    draw_points(axes, [point for point in near if point.lr not in alike], EARLIER, "once: worse")
    draw_points(axes, [point for point in near if point.lr in alike], STAGE_COLOURS[0], "once: not told from the best")
    draw_leaders(axes, tie_break.leaders)
    axes.axvline(result.optimal_lr, color=WINNER, linewidth=1, linestyle="--", label="chosen")
    legend_below(axes)
    told = "is told from the other leaders" if tie_break.distinguishable else "cannot be told from other leaders"
    title(axes, f"Tie-break: the best {told}")


def _draw_path(axes: Any, result: SweepResult) -> None:
    """Each stage's interval as a bar, its rates as ticks, the best of all so far as a line from stage to stage."""
    ends = [end for stage in result.stages for end in (stage.interval.low, stage.interval.high)]
    ends += [point.lr for stage in result.stages for point in stage.points]
    rate_axis(axes, min(ends), max(ends))
    for stage in result.stages:
        colour, interval = STAGE_COLOURS[stage.stage], stage.interval
        axes.plot([interval.low, interval.high], [stage.stage] * 2, color=colour, linewidth=7, alpha=0.35)
        rates = [point.lr for point in stage.points]
        axes.plot(rates, [stage.stage] * len(rates), "|", color=colour, markersize=13, markeredgewidth=2)
    bests = [stage.global_best.lr for stage in result.stages]
    axes.plot(
        bests, range(len(bests)), "*-", color=WINNER, markersize=12, linewidth=1.2, label="best of all stages so far"
    )
    axes.set_yticks(range(len(bests)), [f"stage {stage}" for stage in range(len(bests))])
    axes.invert_yaxis()
    legend_below(axes)
    narrowed = result.stages[0].interval.log_width / result.stages[-1].interval.log_width
    title(axes, f"Search path: the interval narrows {narrowed:,.0f} times")


def _draw_curves(figure: Any, axes: Any, result: SweepResult) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    points = [point for stage in result.stages for point in stage.points]
    norm = LogNorm(min(point.lr for point in points), max(point.lr for point in points))
    colours = colormaps["viridis"]
    for point in points:
        steps = range(1, len(point.train_losses) + 1)
        axes.plot(steps, point.train_losses, color=colours(norm(point.lr)), linewidth=0.9, alpha=0.8)
    loss_axis(axes, [loss for point in points if not point.diverged for loss in point.train_losses], "training loss")
    scale = ScalarMappable(norm, colours)
    bar = figure.colorbar(scale, ax=axes, label="learning rate", format=lambda rate, _: rate_text(rate))
    bar.ax.minorticks_off()
    axes.set_xlabel("step")
    diverged = sum(point.diverged for point in points)
    title(axes, f"Training loss by rate: {diverged} of {len(points)} diverged" if diverged else "Training loss by rate")


def _draw_range(axes: Any, result: SweepResult) -> None:
    curve, reading = result.range_test.curve, result.range_reading
    if not curve:
        axes.set_axis_off()
        title(axes, f"Range test: {reading.refusal}")
        return
    loss_axis(axes, reading.smoothed, "training loss")
    rate_axis(axes, result.range_test.lowest, result.range_test.highest)
    axes.plot(*zip(*curve, strict=True), color=EARLIER, linewidth=0.8, label="loss of a step")
    axes.plot(reading.rates, reading.smoothed, color=INK, linewidth=1.6, label="smoothed, up to its end")
    for rate, colour, name in (
        (reading.steepest, STAGE_COLOURS[0], "steepest fall"),
        (reading.tenth_of_minimum, STAGE_COLOURS[1], "minimum / 10"),
    ):
        if rate is not None:
            axes.axvline(rate, color=colour, linestyle=":", linewidth=1.8, label=f"{name}, {rate_text(rate)}")
    axes.axvline(
        result.optimal_lr,
        color=WINNER,
        linestyle="--",
        linewidth=1,
        label=f"the sweep's, {rate_text(result.optimal_lr)}",
    )
    legend_below(axes)
    title(axes, f"Range test: {reading.refusal or f'{len(curve):,} steps, the rate rising at each'}")


def _draw_comparison(axes: Any, result: SweepResult) -> None:
    """One row a method: loss over the further seeds."""
    methods = result.comparison.methods
    for row, method in enumerate(methods):
        reached = method.reached
        if reached is not None and reached.mean is not None:
            colour = WINNER if method.name == "whole sweep" else STAGE_COLOURS[0]
            axes.errorbar(
                [reached.mean], [row], xerr=[reached.standard_deviation or 0.0], fmt="o", color=colour, capsize=4
            )
            axes.plot(
                [loss for loss in reached.losses if loss is not None], [row] * len(reached.losses), "|", color=INK
            )
    axes.set_yticks(range(len(methods)), [_method_label(method) for method in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.set_xlabel("validation loss ± standard deviation; ticks: seeds")
    axes.grid(axis="x", color="#e5e5e5")
    axes.set_axisbelow(True)
    means = [m.reached.mean for m in methods if m.reached is not None and m.reached.mean is not None]
    title(axes, f"Methods differ by {max(means) - min(means):.2g} in loss" if not math.isnan(means[0]) else "")


def _method_label(method: Any) -> str:
    rate = "no answer" if method.reached is None else rate_text(method.reached.lr)
    return f"{method.name}\n{rate}, {method.steps:,} steps"
