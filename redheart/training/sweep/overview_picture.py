"""`hierarchical_lr_sweep.png`: the whole search in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from redheart.training.report.counted import counted
from redheart.training.report.figure import GRID, INK, LARGE, SMALL, TRAINING, empty_figure, png_of
from redheart.training.sweep.comparison import Method
from redheart.training.sweep.drawing import (
    EARLIER,
    STAGE_COLOURS,
    WINNER,
    draw_leaders,
    draw_points,
    loss_axis,
    losses_text,
    panel_legend,
    rate_axis,
    spread_of,
    title,
)
from redheart.training.sweep.result import Point, SweepResult
from redheart.training.sweep.schedule import Scored, rate_text

#: A method has the same colour wherever it is drawn; no stage has those of the range test.
_COLOURS: Final = {
    "stage 0": STAGE_COLOURS[0],
    "range test, steepest fall": "#8c510a",
    "range test, minimum / 10": "#5e3c99",
    "whole sweep": WINNER,
}


def draw_overview(result: SweepResult) -> bytes:
    """Stages, tie-break, search path, loss curves, range test, comparison: a PNG of six panels, one below another."""
    return png_of(overview_figure(result))


def overview_figure(result: SweepResult) -> Any:
    """The same, not yet drawn."""
    figure = empty_figure(20.0)
    panels = figure.subplots(6, 1, height_ratios=(1.2, 1.2, 0.9, 1, 1.2, 0.9))
    _draw_stages(panels[0], result)
    _draw_tie_break(panels[1], result)
    _draw_path(panels[2], result)
    _draw_curves(figure, panels[3], result)
    _draw_range(panels[4], result)
    _draw_comparison(panels[5], result)
    figure.suptitle(headline(result), x=0.01, ha="left", fontsize=LARGE + 1, color=INK)
    return figure


def headline(result: SweepResult) -> str:
    """The rate that was chosen, and how many cannot be told from it: those that were run once are among them."""
    alike, tried = result.tie_break.indistinguishable, result.points_tested + len(result.earlier)
    (loss,) = losses_text(result.validation_loss)
    found = f"Learning rate {rate_text(result.optimal_lr)}, validation loss {loss}"
    if len(alike) == 1:
        return f"{found}: better than every other rate tried"
    span = f"{rate_text(alike[0])} to {rate_text(alike[-1])}"
    return f"{found}.\nWithin the noise {len(alike)} of {tried} rates are alike, {span}, this one among them"


def tie_break_title(result: SweepResult) -> str:
    """What running the leaders again has shown, of them alone."""
    tie_break = result.tie_break
    others, seeds = len(tie_break.leaders) - 1, counted(len(tie_break.chosen.seeds), "further seed")
    if not others:
        return f"Tie-break: the only rate that was run again, on {seeds}"
    if tie_break.distinguishable:
        told = "the other leader" if others == 1 else f"all {others} other leaders"
        return f"Tie-break on {seeds}: the chosen rate is better than {told}"
    alike = sum(leader.lr in tie_break.indistinguishable for leader in tie_break.leaders) - 1
    return f"Tie-break on {seeds}: {alike} of {counted(others, 'other leader')} within the noise of the chosen"


def _draw_stages(axes: Any, result: SweepResult) -> None:
    points = _points(result)
    earlier = [Scored(old.lr, old.val_loss) for old in result.earlier]
    rates = [point.lr for point in points] + [old.lr for old in earlier]
    loss_axis(axes, [point.scored.loss for point in points] + [old.loss for old in earlier])
    rate_axis(axes, min(rates), max(rates))
    draw_points(axes, earlier, EARLIER, "earlier sweeps")
    for stage in result.stages:
        own = [point.scored for point in stage.points]
        draw_points(axes, own, STAGE_COLOURS[stage.stage], f"stage {stage.stage}")
    panel_legend(axes, columns=3)
    title(axes, f"All stages: {counted(len(points), 'rate')}, each once on the first seed")


def _draw_tie_break(axes: Any, result: SweepResult) -> None:
    """The leaders' neighbourhood, with their spread and all that lies within the noise."""
    tie_break, tried = result.tie_break, [point.scored for point in _points(result)]
    tried += [Scored(old.lr, old.val_loss) for old in result.earlier]
    alike = tie_break.indistinguishable
    span = [*alike, *(leader.lr for leader in tie_break.leaders)]
    low, high = min(span) / 1.15, max(span) * 1.15
    near = [point for point in tried if low <= point.lr <= high]
    loss_axis(axes, [point.loss for point in near], held=spread_of(tie_break.leaders))
    rate_axis(axes, low, high)
    draw_points(axes, [point for point in near if point.lr not in alike], EARLIER, "first seed: worse")
    same = [point for point in near if point.lr in alike]
    draw_points(axes, same, INK, "first seed: alike within the noise")
    draw_leaders(axes, tie_break.leaders)
    axes.axvline(result.optimal_lr, color=WINNER, linewidth=1, linestyle="--", label="chosen")
    panel_legend(axes)
    title(axes, tie_break_title(result))


def _draw_path(axes: Any, result: SweepResult) -> None:
    """Each stage's interval as a bar, its rates as ticks, the best of all so far as a line from stage to stage."""
    ends = [end for stage in result.stages for end in (stage.interval.low, stage.interval.high)]
    ends += [point.lr for point in _points(result)]
    rate_axis(axes, min(ends), max(ends))
    for stage in result.stages:
        colour, interval = STAGE_COLOURS[stage.stage], stage.interval
        axes.plot(
            [interval.low, interval.high],
            [stage.stage] * 2,
            color=colour,
            linewidth=7,
            alpha=0.35,
            solid_capstyle="butt",
        )
        rates = [point.lr for point in stage.points]
        axes.plot(rates, [stage.stage] * len(rates), "|", color=colour, markersize=13, markeredgewidth=2)
    bests = [stage.global_best.lr for stage in result.stages]
    axes.plot(
        bests, range(len(bests)), "*-", color=WINNER, markersize=11, linewidth=1.2, label="best of all stages so far"
    )
    axes.set_yticks(range(len(bests)), [f"stage {stage}" for stage in range(len(bests))])
    axes.set_ylim(len(bests) - 0.4, -0.6)
    panel_legend(axes)
    searched = (result.stages[0].interval, result.stages[-1].interval)
    first, last = (f"{rate_text(each.low)} to {rate_text(each.high)}" for each in searched)
    title(
        axes, f"Search path: first interval {first}, last {last}\nbar: interval of a stage; tick: rate that was tried"
    )


def _draw_curves(figure: Any, axes: Any, result: SweepResult) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    points = _points(result)
    norm = LogNorm(min(point.lr for point in points), max(point.lr for point in points))
    colours = colormaps["viridis"]
    for point in points:
        steps = range(1, len(point.train_losses) + 1)
        axes.plot(steps, point.train_losses, color=colours(norm(point.lr)), linewidth=0.9, alpha=0.8)
    steady = [point.train_losses for point in points if not point.diverged and point.train_losses]
    loss_axis(axes, [loss for one in steady for loss in one], "training loss", held=[one[0] for one in steady])
    scale = ScalarMappable(norm, colours)
    bar = figure.colorbar(scale, ax=axes, location="bottom", aspect=40, format=lambda rate, _: rate_text(rate))
    bar.set_label("learning rate", fontsize=SMALL)
    bar.ax.minorticks_off()
    bar.ax.tick_params(labelsize=SMALL)
    axes.set_xlabel("step")
    diverged = sum(point.diverged for point in points)
    lost = f": {diverged} of {len(points)} diverged" if diverged else ""
    title(axes, f"Training loss of the rates above, first seed{lost}")


def _draw_range(axes: Any, result: SweepResult) -> None:
    curve, reading = result.range_test.curve, result.range_reading
    if not curve:
        axes.set_axis_off()
        title(axes, f"Range test: {reading.refusal}")
        return
    loss_axis(axes, reading.smoothed, "training loss")
    rate_axis(axes, result.range_test.lowest, result.range_test.highest)
    axes.plot(*zip(*curve, strict=True), color=TRAINING, alpha=0.4, linewidth=0.8, label="loss of a step")
    axes.plot(reading.rates, reading.smoothed, color=TRAINING, linewidth=1.8, label="smoothed, up to its end")
    for rate, name in ((reading.steepest, "steepest fall"), (reading.tenth_of_minimum, "minimum / 10")):
        if rate is not None:
            colour = _COLOURS[f"range test, {name}"]
            axes.axvline(rate, color=colour, linestyle=":", linewidth=1.8, label=f"{name}, {rate_text(rate)}")
    found = f"the sweep's, {rate_text(result.optimal_lr)}"
    axes.axvline(result.optimal_lr, color=WINNER, linestyle="--", linewidth=1, label=found)
    panel_legend(axes)
    rising = f"{counted(len(curve), 'step')}, the rate rising at each"
    title(axes, f"Range test: {reading.refusal or rising}")


def _draw_comparison(axes: Any, result: SweepResult) -> None:
    """One row a method, its name above it: loss over the further seeds."""
    methods = result.comparison.methods
    for row, method in enumerate(methods):
        reached = method.reached
        if reached is not None and reached.mean is not None:
            spread = [reached.standard_deviation or 0.0]
            axes.errorbar([reached.mean], [row], xerr=spread, fmt="o", color=_COLOURS[method.name], capsize=4)
            losses = [loss for loss in reached.losses if loss is not None]
            axes.plot(losses, [row] * len(losses), "|", color=INK)
        axes.text(
            0.01, row - 0.22, _method_label(method), transform=axes.get_yaxis_transform(), fontsize=SMALL, color=INK
        )
    axes.set_ylim(len(methods) - 0.6, -0.75)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("validation loss: mean ± deviation; ticks: single seeds")
    title(axes, _comparison_title(methods))
    axes.grid(axis="x", color=GRID)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)


def _comparison_title(methods: Sequence[Method]) -> str:
    means = [m.reached.mean for m in methods if m.reached is not None and m.reached.mean is not None]
    return f"Four ways to a rate: their losses differ by up to {max(means) - min(means):.2g}" if means else ""


def _method_label(method: Method) -> str:
    rate = "no answer" if method.reached is None else rate_text(method.reached.lr)
    return f"{method.name}: {rate}, {counted(method.steps, 'step')}"


def _points(result: SweepResult) -> list[Point]:
    return [point for stage in result.stages for point in stage.points]
