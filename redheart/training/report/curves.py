"""Pictures of how a run learned: losses, parts, learning rate, gradients and updates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from redheart.training.report.curve_file import read_curve
from redheart.training.report.figure import (
    BLUE,
    COLOURS,
    FAINT,
    INK,
    ORANGE,
    dress,
    empty_figure,
    panels,
    save,
    smoothed,
    spread,
    thinned,
    whole_numbers,
)  # fmt: skip
from redheart.training.report.json_lines import read_records
from redheart.training.run.figures import EpochFigures, StepFigures
from redheart.training.run.folder import RunFolder
from redheart.training.run.metrics import main_metric

#: Module kinds in the order they are drawn, with their colours.
_KINDS: Final = {
    "backbone": INK,
    "head": "#0072b2",
    "analyzer": "#d55e00",
    "auxiliary": "#009e73",
    "wrapper": "#cc79a7",
}

_MANY: Final = 200  # steps


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
    """Every step's training loss, light; smoothed; the validation loss of every epoch with its best."""
    figure = empty_figure(9.0, 4.2)
    axes = figure.subplots()
    across, losses = [one.step for one in steps], [one.loss for one in steps]
    kept, even = thinned(across), smoothed(losses)
    axes.plot([across[i] for i in kept], [losses[i] for i in kept], color=BLUE, alpha=0.3, linewidth=0.9)
    axes.plot([across[i] for i in kept], [even[i] for i in kept], color=BLUE, linewidth=1.8, label="training, smoothed")
    if epochs:
        _mark_validation(axes, epochs, even)
    dress(axes, "Loss", "step", "weighted sum over the parts")
    _limit(axes, losses, [one.validation_loss for one in epochs])
    axes.set_xlim(0, across[-1] * 1.01 + 1)
    axes.legend(frameon=False, fontsize=9, loc="upper right")
    return figure


def _mark_validation(axes: Any, epochs: Sequence[EpochFigures], training: Sequence[float]) -> None:
    """The best epoch is named below its lowest point, or above where the training loss runs just below it."""
    best = min(epochs, key=lambda one: (one.validation_loss, one.epoch))
    marker = "o" if len(epochs) <= 40 else None
    axes.plot(
        [one.step for one in epochs],
        [one.validation_loss for one in epochs],
        color=ORANGE,
        marker=marker,
        markersize=3.5,
        linewidth=1.6,
        label="validation, without penalties",
    )
    axes.plot([best.step], [best.validation_loss], "o", color=INK, markersize=6, fillstyle="none")
    gap = best.validation_loss - training[min(best.step, len(training)) - 1]
    above = 0 <= gap < 0.15 * (max(training) - min(training))
    axes.annotate(
        f"epoch {best.epoch}: {best.validation_loss:.4f}",
        (best.step, best.validation_loss),
        (0, 9 if above else -15),
        textcoords="offset points",
        ha="right" if best is epochs[-1] else "center",
        fontsize=8.5,
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
    """The learning rate of every step."""
    figure = empty_figure(9.0, 2.6)
    axes = figure.subplots()
    kept = thinned(steps)
    axes.plot([steps[i].step for i in kept], [steps[i].lr for i in kept], color=BLUE, linewidth=1.8)
    dress(axes, "Learning rate", "step", "")
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, steps[-1].step * 1.01 + 1)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    axes.yaxis.get_offset_text().set_fontsize(8)
    return figure


def parts_picture(epochs: Sequence[EpochFigures], baselines: Mapping[str, float]) -> Any:
    """Two panels a part, two parts a row: validation loss; main metrics with the constant answer, dashed."""
    parts = list(dict.fromkeys(part for one in epochs for part in one.parts))
    rows = math.ceil(len(parts) / 2)
    figure, grid = panels(rows, 4, (2.5, 1.6), (0.8, 0.62))
    pairs = [(row[2 * side], row[2 * side + 1]) for row in grid for side in (0, 1)]
    for part, (left, right) in zip(parts, pairs, strict=False):
        _draw_part_loss(left, part, epochs)
        _draw_part_metrics(right, part, epochs, baselines)
    for left, right in pairs[len(parts) :]:
        left.set_axis_off()
        right.set_axis_off()
    constant = "; dashed: the best constant answer" if baselines else ""
    figure.text(
        0.5, 0.12 / figure.get_figheight(), f"epoch (circle: the best{constant})", ha="center", fontsize=8.5, color=INK
    )
    return figure


def _draw_part_loss(axes: Any, part: str, epochs: Sequence[EpochFigures]) -> None:
    seen = [(one.epoch, one.parts[part].loss) for one in epochs if part in one.parts]
    dress(axes, part, "", "validation loss")
    whole_numbers(axes)
    _line(axes, seen, BLUE, best=min(seen, key=lambda point: (point[1], point[0])))


def _draw_part_metrics(axes: Any, part: str, epochs: Sequence[EpochFigures], baselines: Mapping[str, float]) -> None:
    names = dict.fromkeys(
        name for one in epochs if part in one.parts for name in one.parts[part].metrics if _is_main(name)
    )
    dress(axes)
    whole_numbers(axes)
    if not names:
        axes.text(0.5, 0.5, "no metric", transform=axes.transAxes, ha="center", fontsize=9, color=FAINT)
    for colour, name in zip(COLOURS * 4, names, strict=False):
        seen = [
            (one.epoch, one.parts[part].metrics[name])
            for one in epochs
            if part in one.parts and name in one.parts[part].metrics
        ]
        _line(axes, seen, colour, best=max(seen, key=lambda point: (point[1], -point[0])), label=name.replace("_", " "))
        if name in baselines:
            axes.axhline(baselines[name], color=colour, linestyle=(0, (4, 3)), linewidth=1.0, alpha=0.8)
    if names:
        axes.legend(frameon=False, fontsize=7, loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=2, borderpad=0)


def _line(
    axes: Any, seen: Sequence[tuple[int, float]], colour: str, best: tuple[int, float], label: str | None = None
) -> None:
    axes.locator_params(axis="y", nbins=5)
    marker = "o" if len(seen) <= 20 else None
    axes.plot(*zip(*seen, strict=True), color=colour, linewidth=1.5, marker=marker, markersize=2.5, label=label)
    axes.plot([best[0]], [best[1]], "o", color=colour, markersize=6.5, fillstyle="none")


def _is_main(name: str) -> bool:
    return name == main_metric(name.partition(" ")[0])


def updates_picture(epochs: Sequence[EpochFigures]) -> Any:
    """Mean gradient norm, and update / weight, of every module over the epochs, logarithmic."""
    modules = list(dict.fromkeys(name for one in epochs for name in one.gradient_norms))
    figure = empty_figure(13.0, max(4.0, 1.2 + 0.2 * len(modules)))
    left, right = figure.subplots(1, 2)
    _draw_modules(left, modules, [(one.epoch, one.gradient_norms) for one in epochs])
    dress(left, "Gradient norm before clipping, mean of an epoch", "epoch", "")
    _draw_modules(right, modules, [(one.epoch, one.update_ratios) for one in epochs])
    dress(right, "|update| / |weights| of the last step of an epoch", "epoch", "")
    return figure


def _draw_modules(axes: Any, modules: Sequence[str], seen: Sequence[tuple[int, Mapping[str, float]]]) -> None:
    """A line a module, named at its end; a value of 0 has no place on a logarithmic axis, and leaves a gap."""
    axes.set_yscale("log")
    ends: dict[str, tuple[float, float]] = {}
    for module in modules:
        points = [(epoch, values[module]) for epoch, values in seen if values.get(module, 0.0) > 0]
        if points:
            marker = "o" if len(points) <= 20 else None
            axes.plot(*zip(*points, strict=True), color=_colour(module), linewidth=1.3, marker=marker, markersize=2.5)
            ends[module] = points[-1]
    whole_numbers(axes)
    _name_ends(axes, ends)


def _name_ends(axes: Any, ends: Mapping[str, tuple[float, float]]) -> None:
    """Names to the right of the lines, apart from one another, in the lines' colours."""
    if not ends:
        axes.text(0.5, 0.5, "nothing was updated", transform=axes.transAxes, ha="center", fontsize=9, color=FAINT)
        return
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    heights = [(math.log10(value) - low) / (high - low) for _, value in ends.values()]
    for (module, (epoch, value)), height in zip(ends.items(), spread(heights, 0.048), strict=True):
        axes.annotate(
            module,
            (epoch, value),
            (1.03, height),
            textcoords="axes fraction",
            fontsize=8,
            color=_colour(module),
            va="center",
            arrowprops={"arrowstyle": "-", "color": _colour(module), "linewidth": 0.5, "alpha": 0.6},
        )


def _colour(module: str) -> str:
    return _KINDS.get(module.partition(".")[0], FAINT)
