"""A preset as people read it: its tree with counts, its bytes, and the memory that learning it takes."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from redheart.training.report.counted import counted

if TYPE_CHECKING:
    from redheart.config.train import TrainSection
    from redheart.nn.network.count import ParameterCount
    from redheart.nn.network.footprint.fit import Room
    from redheart.nn.network.footprint.footprint import Footprint
    from redheart.nn.network.footprint.skeleton import Skeleton
    from redheart.nn.network.preset import Preset

_MIB = 1 << 20
_WIDTHS = {"float32": 4, "bfloat16": 2, "int8": 1}
NOT_TRAINED_HERE = "not applicable: the family 'tokens' learns by `redheart train --preset compact`, on a processor"


@dataclass(frozen=True, slots=True)
class Training:
    """What a run needs, where, and which other settings would fit if these do not."""

    settings: TrainSection
    micro_batch: int
    footprint: Footprint
    where: Room
    reserve_mib: int
    fits: bool
    mends: dict[str, Footprint]


@dataclass(frozen=True, slots=True)
class Description:
    """All that is said of a preset. `training` is None where `redheart train` does not learn it."""

    preset: Preset
    encoder_dim: int
    sentences: int
    skeleton: Skeleton
    training: Training | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it; bytes everywhere."""
        found = self.skeleton
        return {
            "preset": self.preset.name,
            "family": self.preset.family,
            "encoder_dim": self.encoder_dim,
            "parameters": found.parameters,
            "deviation": found.deviation["total"],
            "modules": {
                name: {"parameters": count, "planned": self.preset.planned[name], "deviation": found.deviation[name]}
                for name, count in found.counted.items()
            },
            "tree": asdict(found.tree),
            "weights": {dtype: width * found.parameters for dtype, width in _WIDTHS.items()},
            "reading": None if found.reading_work is None else self._reading(found.reading_work),
            "training": _training_dict(self.training),
        }

    def _reading(self, work: int) -> dict[str, int]:
        return {"sentences": self.sentences, "work": work, "total": work + 4 * self.skeleton.parameters}


def _training_dict(training: Training | None) -> dict[str, Any]:
    if training is None:
        return {"applicable": False, "reason": NOT_TRAINED_HERE}
    chosen = training.settings.model_dump(include={"precision", "optimizer", "gradient_checkpointing"})
    return {
        "applicable": True,
        **chosen,
        "micro_batch": training.micro_batch,
        "device_budget": int(training.settings.device_budget_mib * _MIB),
        "reserve": training.reserve_mib * _MIB,
        "bytes": training.footprint.by_purpose,
        "modules": {name: asdict(module) for name, module in training.footprint.modules.items()},
        "fits": training.fits,
        "left": -training.where.missing(training.footprint),
        "would_fit": {flags: mend.by_purpose for flags, mend in training.mends.items()},
    }


def description_text(description: Description, width: int = 100) -> str:
    """The description as plain text of at most `width` cells a line, without colour."""
    stream = io.StringIO()
    page = Console(file=stream, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    page.print(Group(*_sections(description)))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _sections(description: Description) -> list[RenderableType]:
    return [
        _tree(description.skeleton.tree),
        _plan(description),
        _bytes(description),
        *(_training(description.training) if description.training else [Text(f"training: {NOT_TRAINED_HERE}")]),
    ]


def _tree(count: ParameterCount, parent: Tree | None = None, name: str = "") -> Tree:
    label = Text(f"{name or count.name}  {count.parameters:,}")
    branch = Tree(label) if parent is None else parent.add(label)
    for first, same in _alike(count.children):
        if same == 1:
            _tree(first, branch)
        else:
            _tree(first, branch, f"{first.name} to {int(first.name) + same - 1}, each")
    return branch


def _alike(children: tuple[ParameterCount, ...]) -> list[tuple[ParameterCount, int]]:
    """Children in order; numbered ones that are equal but for their numbers as one, with how many they are."""
    runs: list[tuple[ParameterCount, int]] = []
    for child in children:
        if runs and child.name.isdecimal() and replace(child, name=runs[-1][0].name) == runs[-1][0]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((child, 1))
    return runs


def _plan(description: Description) -> Table:
    found, planned = description.skeleton, description.preset.planned
    table = _table("module", "counted", "planned", "deviation")
    for name, count in found.counted.items():
        table.add_row(name, f"{count:,}", f"{planned[name]:,}", f"{found.deviation[name]:+.2%}")
    whole = sum(planned[name] for name in found.counted)
    table.add_row("total", f"{found.parameters:,}", f"{whole:,}", f"{found.deviation['total']:+.2%}")
    return table


def _bytes(description: Description) -> Table:
    found = description.skeleton
    table = _table("weights", "MiB")
    for dtype, width in _WIDTHS.items():
        table.add_row(dtype, _mib(width * found.parameters))
    if found.reading_work is not None:
        reading = _mib(4 * found.parameters + found.reading_work)
        table.add_row(f"reading a document of {counted(description.sentences, 'sentence')}, float32", reading)
    return table


def _training(training: Training) -> list[RenderableType]:
    s, needed = training.settings, training.footprint
    again = "with" if s.gradient_checkpointing else "without"
    headline = (
        f"learning: {s.optimizer} in {s.precision}, {again} gradient checkpointing, "
        f"{counted(training.micro_batch, 'document')} at a time"
    )
    table = _table("on the device", "MiB")
    for name, size in needed.by_purpose.items():
        if size and name not in ("total", "in RAM"):
            table.add_row(name, _mib(size))
    table.add_row("total at the highest point", _mib(needed.device))
    table.add_row("reserve for driver and context", f"{training.reserve_mib:,.1f}")
    table.add_row("GPU", f"{s.device_budget_mib:,.1f}")
    if needed.ram:
        table.add_row("in RAM beside it", _mib(needed.ram))
    return [Text(headline), table, Text(_verdict(training)), *_mends(training)]


def _verdict(training: Training) -> str:
    missing = training.where.missing(training.footprint) / _MIB
    return f"does not fit: {missing:,.0f} MiB too few" if missing > 0 else f"fits: {-missing:,.0f} MiB are left"


def _mends(training: Training) -> list[RenderableType]:
    if training.fits:
        return []
    if not training.mends:
        return [Text("nothing in the settings would make it fit: choose a smaller preset, or a larger GPU")]
    table = _table("would fit with", "device MiB", "RAM MiB")
    for flags, needed in training.mends.items():
        table.add_row(flags, _mib(needed.device), _mib(needed.ram))
    return [table]


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f}"
