"""`hierarchical_lr_sweep_stageN.png`: where a stage looked, what it found, where the next one looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redheart.training.report.counted import counted
from redheart.training.report.figure import INK, LARGE, empty_figure, legend_below, png_of
from redheart.training.sweep.drawing import (
    EARLIER,
    STAGE_COLOURS,
    WINNER,
    draw_leaders,
    draw_points,
    loss_axis,
    losses_text,
    rate_axis,
    rates_text,
    spread_of,
    title,
)
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.result import Best, StageResult
from redheart.training.sweep.schedule import Scored


def draw_stage(stages: Sequence[StageResult], earlier: Sequence[Best], leaders: Sequence[Repeated] = ()) -> bytes:
    """The last of `stages` over all before it, as a PNG; from the second on, its own interval larger below it."""
    return png_of(stage_figure(stages, earlier, leaders))


def stage_figure(stages: Sequence[StageResult], earlier: Sequence[Best], leaders: Sequence[Repeated] = ()) -> Any:
    """The same, not yet drawn."""
    now = stages[-1]
    before = [Scored(old.lr, old.val_loss) for old in earlier]
    before += [point.scored for stage in stages[:-1] for point in stage.points]
    figure = empty_figure(6.4 if now.stage else 3.9)
    panels = figure.subplots(2 if now.stage else 1, 1, squeeze=False)[:, 0]
    own = [point.scored for point in now.points]
    # The pictures redrawn at the end show the leaders that were known by the stage.
    known = {point.lr for point in (*before, *own)}
    repeated = [leader for leader in leaders if leader.lr in known]
    _draw_panel(panels[0], now, before, repeated, sorted(known))
    title(panels[0], "All rates so far")
    if now.stage:
        span = [point.lr for point in own] + [now.interval.low, now.interval.high]
        _draw_panel(panels[1], now, before, repeated, span)
        title(panels[1], "Where this stage looked")
    legend_below(figure)
    figure.suptitle(headline(stages), x=0.01, ha="left", fontsize=LARGE + 1, color=INK)
    return figure


def _draw_panel(axes: Any, now: StageResult, before: list[Scored], leaders: list[Repeated], span: list[float]) -> None:
    low, high = min(span), max(span)
    own = [point.scored for point in now.points]
    old = [point for point in before if low <= point.lr <= high]
    shown = [leader for leader in leaders if low <= leader.lr <= high]
    loss_axis(axes, [point.loss for point in (*old, *own)], held=[now.global_best.val_loss, *spread_of(shown)])
    rate_axis(axes, low, high)
    if now.next_interval is not None:
        axes.axvspan(now.next_interval.low, now.next_interval.high, color="#fbe6cf", label="next interval", zorder=0)
    draw_points(axes, old, EARLIER, "tried before")
    draw_points(axes, own, STAGE_COLOURS[now.stage], f"stage {now.stage}")
    best = now.global_best
    axes.plot([best.lr], [best.val_loss], "*", color=WINNER, markersize=14, label="best of all stages so far", zorder=5)
    draw_leaders(axes, shown)


def headline(stages: Sequence[StageResult]) -> str:
    """What the last of `stages` found, in as many digits as tell it from what was best before."""
    now = stages[-1]
    best = now.global_best
    if len(stages) == 1:
        (rate,), (loss,) = rates_text([best.lr]), losses_text(best.val_loss)
        return f"Stage 0: of {counted(len(now.points), 'rate')}, {rate} reaches the lowest loss, {loss}"
    last = stages[-2].global_best
    (rate, old_rate), (loss, old) = rates_text([best.lr, last.lr]), losses_text(best.val_loss, last.val_loss)
    if last.lr == best.lr:
        return f"Stage {now.stage}: no rate beats {rate}, loss {loss}"
    return f"Stage {now.stage}: {rate} takes over from {old_rate}, loss {loss} after {old}"
