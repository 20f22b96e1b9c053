"""Whether every module that should learn was updated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redheart.training.report.counted import counted
from redheart.training.report.markdown import NOTHING, bullets, section, table, tiny
from redheart.training.report.story import RunStory
from redheart.training.run.monitor import Look, ModuleUpdate


def updates_section(story: RunStory) -> str:
    """A row a module over all looks of the monitor."""
    if not story.looks:
        return section("Parameter updates", "The monitor never looked: the run had no step.") if story.epochs else ""
    modules = dict.fromkeys(name for look in story.looks for name in look.modules)
    every = "each compares all weights before and after one step"
    return section(
        "Parameter updates",
        f"{counted(len(story.looks), 'look')}, at {_steps(story.looks)}; {every}. Smallest to largest over the looks.",
        table(
            ("module", "updated", "gradient norm", "update / weight", "stood still at every look"),
            [_row(name, [look.modules[name] for look in story.looks if name in look.modules]) for name in modules],
        ),
        bullets(_warnings(story.looks)),
    )


def _warnings(looks: Sequence[Look]) -> Iterator[str]:
    """The first warning of each module, with how many looks warned of it."""
    for module in dict.fromkeys(name for look in looks for name in look.warnings):
        told = [look.warnings[module] for look in looks if module in look.warnings]
        yield f"{told[0]}" + (f" (and {counted(len(told) - 1, 'more look')})" if len(told) > 1 else "")


def _steps(looks: Sequence[Look]) -> str:
    steps = [f"{look.step:,}" for look in looks]
    said = ", ".join(steps) if len(steps) <= 8 else f"{', '.join(steps[:4])}, … {', '.join(steps[-2:])}"
    return f"step {said}" if len(steps) == 1 else f"steps {said}"


def _row(name: str, seen: Sequence[ModuleUpdate]) -> tuple[str, ...]:
    updated = sum(one.updated for one in seen)
    still = [key for key in seen[0].still if all(key in one.still for one in seen)] if updated else []
    shown = ", ".join(f"`{key}`" for key in still[:3]) + (f" and {len(still) - 3} more" if len(still) > 3 else "")
    return (
        f"`{name}`",
        f"{updated} of {len(seen)}" if updated == len(seen) else f"**{updated} of {len(seen)}**",
        _range([one.gradient_norm for one in seen]),
        _range([one.update_ratio for one in seen]),
        shown or NOTHING,
    )


def _range(values: Sequence[float]) -> str:
    least, most = tiny(min(values)), tiny(max(values))
    return least if least == most else f"{least} to {most}"
