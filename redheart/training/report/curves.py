"""Pictures of how a whole run learned: losses, learning rate, gradients and updates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from redheart.training.report.curve_file import read_curve
from redheart.training.report.figure import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    LARGE,
    PURPLE,
    RED,
    SMALL,
    TRAINING,
    VALIDATION,
    dress,
    empty_figure,
    epoch_axis,
    legend_below,
    save,
    smoothed,
    spread_within,
    step_axis,
    thinned,
    window,
)
from redheart.training.report.json_lines import read_records
from redheart.training.report.parts_picture import parts_picture
from redheart.training.run.figures import EpochFigures, StepFigures
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.schedule import rate_text

#: Module kinds in the order they are drawn, with their colours.
_KINDS: Final = {
    "backbone": INK,
    "head": BLUE,
    "analyzer": RED,
    "auxiliary": GREEN,
    "wrapper": PURPLE,
}

_MANY: Final = 200  # steps
_FEW: Final = 60  # steps, each of which has its dot
_NAME_INCHES: Final = 0.165  # from name to name


def draw_curves(folder: RunFolder, baselines: Mapping[str, float] | None = None) -> list[Path]:
    """Draw what the curve files hold so far; the pictures drawn. `baselines` are of main metrics on validation.

    Raises InputError for damaged curve files, or a disk that refuses.
    """
    steps = read_curve(folder.steps) if folder.steps.exists() else []
    epochs = read_records(folder.epochs, EpochFigures) if folder.epochs.exists() else []
    drawn = []
    if steps:
        drawn.append(_saved(loss_picture(steps, epochs), folder.plots / "loss.png"))
        drawn.append(_saved(schedule_picture(steps), folder.plots / "schedule.png"))
    if epochs:
        drawn.append(_saved(parts_picture(epochs, baselines or {}), folder.plots / "parts.png"))
        drawn.append(_saved(updates_picture(epochs), folder.plots / "updates.png"))
    return drawn


def _saved(figure: Any, out: Path) -> Path:
    save(figure, out)
    return out


def loss_picture(steps: Sequence[StepFigures], epochs: Sequence[EpochFigures]) -> Any:
    """Training loss of single steps, light; smoothed; the validation loss of every epoch with its best."""
    figure = empty_figure(4.3)
    axes = figure.subplots()
    across, losses = [one.step for one in steps], [one.loss for one in steps]
    kept, even, dot = thinned(across), smoothed(losses), "." if len(steps) <= _FEW else None
    seen = [across[i] for i in kept]
    axes.plot(
        seen, [losses[i] for i in kept], color=TRAINING, alpha=0.4, linewidth=0.9, marker=dot, markersize=4,
        label="training, single steps",
    )  # fmt: skip
    label = f"training, mean of {window(len(losses))} steps around"
    axes.plot(seen, [even[i] for i in kept], color=TRAINING, linewidth=1.8, label=label)
    if epochs:
        _mark_validation(axes, epochs, even)
    dress(axes, "Loss of training and validation", "step", "loss (weighted sum over the parts)")
    _limit(axes, losses, [one.validation_loss for one in epochs])
    step_axis(axes, across[-1])
    legend_below(figure)
    return figure


def _mark_validation(axes: Any, epochs: Sequence[EpochFigures], training: Sequence[float]) -> None:
    """The best epoch is named below its lowest point, or above where the training loss runs just below it."""
    best = min(epochs, key=lambda one: (one.validation_loss, one.epoch))
    axes.plot(
        [one.step for one in epochs],
        [one.validation_loss for one in epochs],
        color=VALIDATION,
        marker="o" if len(epochs) <= 40 else None,
        markersize=3.5,
        linewidth=1.6,
        label="validation, without penalties",
    )
    ring = {"color": INK, "markersize": 6, "fillstyle": "none", "linestyle": ""}
    axes.plot([best.step], [best.validation_loss], "o", label="best epoch", **ring)
    gap = best.validation_loss - training[min(best.step, len(training)) - 1]
    above = 0 <= gap < 0.15 * (max(training) - min(training))
    axes.annotate(
        f"epoch {best.epoch}: {best.validation_loss:.4f}",
        (best.step, best.validation_loss),
        (0, 11 if above else -17),
        textcoords="offset points",
        ha="right" if best.step > 0.85 * epochs[-1].step else "center",
        fontsize=SMALL,
        color=INK,
    )


def _limit(axes: Any, losses: Sequence[float], validation: Sequence[float]) -> None:
    """One wild step of many must not flatten all others: the lowest and the highest 1 % may leave the picture."""
    ordered = sorted(losses)
    wild = len(ordered) // 100 if len(ordered) >= _MANY else 0
    top = max([ordered[-1 - wild], *validation])
    low = min([ordered[wild], *validation])
    if low > 0 and top / low > 30:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, top * 1.3)
    else:
        room = 0.12 * (top - low) or 0.1 * abs(top) or 1.0
        axes.set_ylim(low - room, top + room)


def schedule_picture(steps: Sequence[StepFigures]) -> Any:
    """The learning rate of every step, the way up to the first from 0 where it rises, and where it is highest."""
    figure = empty_figure(3.0)
    axes = figure.subplots()
    kept = thinned(steps)
    peak = max(steps, key=lambda one: (one.lr, -one.step))
    dot = "o" if len(steps) <= _FEW else None
    if peak.step > 1:
        # A warm-up is a straight line from 0 before step 1: of a short one half would be missing.
        axes.plot(
            [0, steps[0].step], [0, steps[0].lr], color=FAINT, linewidth=1.2, linestyle=":", label="before step 1"
        )
    across, up = [steps[i].step for i in kept], [steps[i].lr for i in kept]
    axes.plot(across, up, color=TRAINING, linewidth=1.8, marker=dot, markersize=3.5, label="of a step")
    axes.plot([peak.step], [peak.lr], "o", color=INK, markersize=7, fillstyle="none", label="highest")
    dress(axes, _schedule_title(peak), "step", "learning rate")
    axes.set_ylim(0, 1.1 * peak.lr or 1.0)
    step_axis(axes, steps[-1].step)
    axes.yaxis.set_major_formatter(lambda rate, _: rate_text(rate) if rate else "0")
    legend_below(figure, columns=3)
    return figure


def _schedule_title(peak: StepFigures) -> str:
    """Of a warm-up of one step, and of none, the first step is the highest: the curve cannot tell which it was."""
    if peak.step == 1:
        return f"Learning rate: highest at step 1, {rate_text(peak.lr)} (a warm-up of one step, or none)"
    return f"Learning rate: rises until step {peak.step:,}, {rate_text(peak.lr)}, then falls"


def updates_picture(epochs: Sequence[EpochFigures]) -> Any:
    """Mean gradient norm, and update / weight, of every module over the epochs, logarithmic."""
    modules = list(dict.fromkeys(name for one in epochs for name in one.gradient_norms))
    high = max(2.4, _NAME_INCHES * len(modules) + 0.2)
    figure = empty_figure(2 * (high + 0.75))
    upper, lower = figure.subplots(2, 1)
    norms = [(one.epoch, one.gradient_norms) for one in epochs]
    ratios = [(one.epoch, one.update_ratios) for one in epochs]
    for axes, title, unit, seen in (
        (upper, "Gradient before clipping, mean of an epoch", "gradient norm", norms),
        (lower, "Change by the last step of an epoch", "|update| / |weights|", ratios),
    ):
        dress(axes, title, "epoch", unit)
        epoch_axis(axes, epochs[0].epoch, epochs[-1].epoch)
        _name_ends(axes, _draw_modules(axes, modules, seen), _NAME_INCHES / high)
    return figure


def _draw_modules(
    axes: Any, modules: Sequence[str], seen: Sequence[tuple[int, Mapping[str, float]]]
) -> dict[str, tuple[float, float]]:
    """A line a module, and where each ends; a value of 0 has no place on a logarithmic axis, and leaves a gap."""
    ends: dict[str, tuple[float, float]] = {}
    for module in modules:
        points = [(epoch, values[module]) for epoch, values in seen if values.get(module, 0.0) > 0]
        if points:
            marker = "o" if len(points) <= 20 else None
            axes.plot(*zip(*points, strict=True), color=_colour(module), linewidth=1.3, marker=marker, markersize=2.5)
            ends[module] = points[-1]
    if ends:
        axes.set_yscale("log")
    return ends


def _name_ends(axes: Any, ends: Mapping[str, tuple[float, float]], gap: float) -> None:
    """Names to the right of the lines, `gap` of the height apart from one another, in the lines' colours."""
    if not ends:
        axes.text(0.5, 0.5, "nothing was updated", transform=axes.transAxes, ha="center", fontsize=LARGE, color=FAINT)
        return
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    heights = [(math.log10(value) - low) / (high - low) for _, value in ends.values()]
    for (module, (epoch, value)), height in zip(ends.items(), spread_within(heights, gap), strict=True):
        line = {"arrowstyle": "-", "color": _colour(module), "linewidth": 0.5, "alpha": 0.6, "relpos": (0, 0.5)}
        axes.annotate(
            module,
            (epoch, value),
            (1.06, height),
            textcoords="axes fraction",
            fontsize=SMALL,
            color=_colour(module),
            va="center",
            arrowprops=line,
        )


def _colour(module: str) -> str:
    return _KINDS.get(module.partition(".")[0], FAINT)
