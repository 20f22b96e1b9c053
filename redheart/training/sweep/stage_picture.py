"""`hierarchical_lr_sweep_stageN.png`: where a stage looked, what it found, where the next one looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redheart.training.sweep.drawing import (
    EARLIER,
    STAGE_COLOURS,
    WINNER,
    draw_leaders,
    draw_points,
    empty_figure,
    loss_axis,
    png_of,
    rate_axis,
    spread_of,
    title,
)
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.result import Best, StageResult
from redheart.training.sweep.schedule import Scored, rate_text


def draw_stage(stages: Sequence[StageResult], earlier: Sequence[Best], leaders: Sequence[Repeated] = ()) -> bytes:
    """The last of `stages` over all before it, as a PNG; from the second on, its own interval larger beside it."""
    now = stages[-1]
    before = [Scored(old.lr, old.val_loss) for old in earlier]
    before += [point.scored for stage in stages[:-1] for point in stage.points]
    figure = empty_figure(11.0 if now.stage else 7.5, 4.6)
    panels = figure.subplots(1, 2 if now.stage else 1, squeeze=False)[0]
    own = [point.scored for point in now.points]
    # The pictures redrawn at the end show the leaders that were known by the stage.
    known = {point.lr for point in (*before, *own)}
    repeated = [leader for leader in leaders if leader.lr in known]
    _draw_panel(panels[0], now, before, repeated, sorted(known))
    title(panels[0], "All rates so far" if now.stage else "")
    if now.stage:
        span = [point.lr for point in own] + [now.interval.low, now.interval.high]
        _draw_panel(panels[1], now, before, repeated, span)
        title(panels[1], "Where this stage looked")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    figure.suptitle(_headline(stages), x=0.01, ha="left", fontsize=12.5)
    return png_of(figure)


def _draw_panel(axes: Any, now: StageResult, before: list[Scored], leaders: list[Repeated], span: list[float]) -> None:
    low, high = min(span), max(span)
    own = [point.scored for point in now.points]
    old = [point for point in before if low <= point.lr <= high]
    shown = [leader for leader in leaders if low <= leader.lr <= high]
    loss_axis(axes, [point.loss for point in (*old, *own)] + [now.global_best.val_loss] + spread_of(shown))
    rate_axis(axes, low, high)
    if now.next_interval is not None:
        axes.axvspan(now.next_interval.low, now.next_interval.high, color="#fbe6cf", label="next interval", zorder=0)
    draw_points(axes, old, EARLIER, "tried before")
    draw_points(axes, own, STAGE_COLOURS[now.stage], f"stage {now.stage}")
    best = now.global_best
    axes.plot([best.lr], [best.val_loss], "*", color=WINNER, markersize=15, label="best of all stages so far", zorder=5)
    draw_leaders(axes, shown)


def _headline(stages: Sequence[StageResult]) -> str:
    now = stages[-1]
    rate, loss = rate_text(now.global_best.lr), f"{now.global_best.val_loss:.4g}"
    if len(stages) == 1:
        return f"Stage 0: of {len(now.points)} rates, {rate} reaches the lowest loss, {loss}"
    last = stages[-2].global_best
    if last.lr == now.global_best.lr:
        return f"Stage {now.stage}: no rate beats {rate}, loss {loss}"
    return f"Stage {now.stage}: {rate} takes over from {rate_text(last.lr)}, loss {loss} after {last.val_loss:.4g}"
