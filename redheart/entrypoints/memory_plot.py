"""Pictures of memory: a plan step by step, a run over time. Needs the extra `plot`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redheart.entrypoints.memory_plan import PlannedModule, PlannedStep, planned_modules, planned_steps
from redheart.errors import ConfigError, InputError

if TYPE_CHECKING:
    from redheart.entrypoints.memory_plan import PlanReport
    from redheart.memory.watch.recorded_timeline import Timeline

FORMATS: Final = ("png", "svg", "pdf")
_MIB: Final = 1 << 20
# Okabe and Ito's colours: told apart by everybody, and in grey.
_KEPT, _ALREADY, _BROUGHT, _WORK, _BUDGET = "#9ad0f0", "#0072b2", "#e69f00", "#999999", "#d55e00"
_PHASES: Final = ("#0072b2", "#009e73", "#e69f00", "#cc79a7", "#56b4e9")
_ROWS: Final = 12  # modules drawn one by one; the small rest would be too thin to see


def draw_plan(report: PlanReport, out: Path) -> None:
    """Above, what fills each step, up to the budget; below, who is there when.

    Raises ConfigError without matplotlib or for another format, InputError if `out` cannot be written.
    """
    _refuse_format(out)
    steps, modules = planned_steps(report.plan), planned_modules(report.plan)[:_ROWS]
    figure = _figure(max(8.0, 1.5 * len(steps) + 3.5), 5.2 + 0.32 * len(modules))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.6, 0.5 + 0.32 * len(modules)))
    _draw_steps(upper, steps, report.plan.capacity)
    upper.set_title(
        f"Memory plan, mode {report.mode}: a request brings in {report.plan.total_in / _MIB:,.0f} MiB "
        f"(at least {report.plan.bound_bytes / _MIB:,.0f})",
        loc="left",
        fontsize=12,
    )
    _draw_residents(lower, modules)
    lower.set_xticks(range(len(steps)), [step.name for step in steps])
    _save(figure, out)


def draw_timeline(timeline: Timeline, out: Path) -> None:
    """Above, what is promised and filled, evictions marked; below, the process's RSS. Phases are shaded.

    Raises what `draw_plan` raises, and InputError if nothing was sampled.
    """
    _refuse_format(out)
    if not timeline.samples:
        raise InputError(f"the timeline that began '{timeline.head['began']}' has no samples to draw.")
    figure = _figure(11.0, 6.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _shade_phases(upper, lower, timeline)
    _draw_tier(upper, timeline)
    _draw_rss(lower, timeline)
    lower.set_xlabel("seconds")
    _save(figure, out)


def _draw_steps(axes: Any, steps: tuple[PlannedStep, ...], budget: int) -> None:
    places, floor = list(range(len(steps))), [0.0] * len(steps)
    parts: tuple[tuple[str, str, list[int]], ...] = (
        ("kept for a later step", _KEPT, [step.kept for step in steps]),
        ("needed, already in", _ALREADY, [step.already for step in steps]),
        ("needed, brought in", _BROUGHT, [step.brought for step in steps]),
        ("work", _WORK, [step.work for step in steps]),
    )
    for label, colour, sizes in parts:
        heights = [nbytes / _MIB for nbytes in sizes]
        bars = axes.bar(places, heights, 0.62, bottom=floor, label=label, color=colour, edgecolor="white")
        _label_bars(axes, bars, heights, budget / _MIB)
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    free = [max(0.0, budget / _MIB - filled) for filled in floor]
    bars = axes.bar(
        places, free, 0.62, bottom=floor, label="free", color="white", edgecolor="#bbbbbb", linestyle=":", linewidth=1
    )
    _label_bars(axes, bars, free, budget / _MIB, "#777777")
    axes.axhline(budget / _MIB, color=_BUDGET, linestyle="--", label=f"budget {budget / _MIB:,.0f} MiB")
    axes.set(ylabel="MiB", ylim=(0, 1.06 * max(budget / _MIB, *floor)))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, reverse=True)
    _bare(axes)


def _label_bars(axes: Any, bars: Any, heights: list[float], whole: float, colour: str = "") -> None:
    """The number of each part that is high enough to hold it."""
    labels = [f"{height:,.0f}" if height > 0.045 * whole else "" for height in heights]
    dark = bars.patches and bars.patches[0].get_facecolor()[:3] == (0.0, 114 / 255, 178 / 255)
    axes.bar_label(bars, labels, label_type="center", fontsize=9, color=colour or ("white" if dark else "black"))


def _draw_residents(axes: Any, modules: tuple[PlannedModule, ...]) -> None:
    """A row a module: filled as far as it is there, dark where it is used."""
    for row, module in enumerate(modules):
        for position, (share, needed) in enumerate(zip(module.shares, module.needed, strict=True)):
            left = position - 0.45
            axes.barh(row, 0.9, 0.7, left=left, color="white", edgecolor="#dddddd", linewidth=0.6)
            before = module.shares[position - 1]
            if share:
                axes.barh(row, 0.9 * share, 0.7, left=left, color=_ALREADY if needed else _KEPT, linewidth=0)
            if needed and before < share:  # brought in by chunks, the late ones: an early part is kept
                axes.barh(row, 0.9 * (share - before), 0.7, left=left + 0.9 * before, color=_BROUGHT, linewidth=0)
            if 0 < share < 1:
                axes.text(position, row, f"{share:.0%}", ha="center", va="center", fontsize=8)
    names = [f"{module.name}  {module.nbytes / _MIB:,.1f} MiB" for module in modules]
    axes.set_yticks(range(len(modules)), names, fontsize=9)
    axes.invert_yaxis()
    axes.set_title(
        "who is in: dark while used, orange the part brought in for that, light while kept", loc="left", fontsize=10
    )
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _shade_phases(upper: Any, lower: Any, timeline: Timeline) -> None:
    names = list(dict.fromkeys(span.phase for span in timeline.spans))
    colours = {name: _PHASES[i % len(_PHASES)] for i, name in enumerate(names)}
    for span in timeline.spans:
        for axes in (upper, lower):
            axes.axvspan(span.begin_s, span.end_s, color=colours[span.phase], alpha=0.13, linewidth=0)
    for name in names:
        lower.axvspan(0, 0, color=colours[name], alpha=0.3, label=name)


def _draw_tier(axes: Any, timeline: Timeline) -> None:
    head, samples = timeline.head, timeline.samples
    at, budget = [sample["at_s"] for sample in samples], head["budget"] / _MIB
    filled = [sample["committed"] / _MIB for sample in samples]
    promised = [below + sample["reserved"] / _MIB for below, sample in zip(filled, samples, strict=True)]
    aside = [below + sum(sample["lines"].values()) / _MIB for below, sample in zip(promised, samples, strict=True)]
    axes.fill_between(at, filled, step="post", color=_ALREADY, label="weights", linewidth=0)
    axes.fill_between(at, filled, promised, step="post", color=_BROUGHT, label="promised", linewidth=0)
    axes.fill_between(at, promised, aside, step="post", color=_WORK, label="set aside", linewidth=0)
    axes.axhline(budget, color=_BUDGET, linestyle="--", label=f"budget {budget:,.0f} MiB")
    _mark_evictions(axes, timeline, budget)
    axes.set(ylabel=f"{head['tier']}, MiB", ylim=(0, 1.22 * max(budget, *aside)), xlim=(0, max(timeline.end_s, 0.01)))
    axes.set_title(
        f"Memory over time, mode {head['mode']}, policy {head['policy']}, began {head['began']}",
        loc="left",
        fontsize=11,
    )
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    _bare(axes)


def _mark_evictions(axes: Any, timeline: Timeline, budget: float) -> None:
    evicted = [decision for decision in timeline.decisions if decision.kind == "evict"]
    if not evicted:
        return
    heights = [1.05 * budget] * len(evicted)
    axes.plot([decision.at_s for decision in evicted], heights, "v", color="black", markersize=6, label="evicted")
    last_at = -1.0
    for decision in sorted(evicted, key=lambda decision: decision.at_s):
        if decision.at_s - last_at > timeline.end_s / 14:  # names that would lie over one another are left out
            axes.annotate(
                decision.module,
                (decision.at_s, 1.05 * budget),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
            last_at = decision.at_s


def _draw_rss(axes: Any, timeline: Timeline) -> None:
    samples = timeline.samples
    at, filled = [sample["at_s"] for sample in samples], [sample["rss"] / _MIB for sample in samples]
    axes.plot(at, filled, color="black", drawstyle="steps-post")
    before, peak = samples[-1]["rss_before_load"], samples[-1]["rss_peak"]
    if before is not None:
        axes.axhline(before / _MIB, color="#777777", linestyle=":", label=f"before the first load {before / _MIB:,.0f}")
        over = (peak - before) / _MIB
        axes.axhline(peak / _MIB, color=_BUDGET, linestyle=":", label=f"at most {peak / _MIB:,.0f} (+{over:,.0f})")
    axes.set_ylabel("RSS, MiB")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    _bare(axes)


def _bare(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _figure(width: float, height: float) -> Any:
    """Inches."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError(
            "'--plot' needs matplotlib, which is not installed. Install it: pip install 'redheart[plot]'."
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def _refuse_format(out: Path) -> None:
    if _format(out) not in FORMATS:
        raise ConfigError(f"--plot '{out}': no picture format. End the name in one of: .{', .'.join(FORMATS)}.")


def _format(out: Path) -> str:
    return out.suffix.lower().removeprefix(".")


def _save(figure: Any, out: Path) -> None:
    """Drawn in memory first, so that a refusal leaves no half a file."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format=_format(out), dpi=130)
    try:
        out.write_bytes(drawn.getvalue())
    except OSError as error:
        raise InputError(f"--plot '{out}' cannot be written ({error.strerror}). Choose another place.") from error
