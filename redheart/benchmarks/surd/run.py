"""Runs the inputs of the decomposition's benchmark in order; what is done when it is interrupted, stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.benchmarks.memory.machine import installed, look
from redheart.benchmarks.surd.inputs import INPUTS, Input
from redheart.benchmarks.surd.measure import measured
from redheart.benchmarks.surd.report import Report, titled
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from redheart.benchmarks.surd.authors import Authors

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure: against which checkout, in how many rounds, without the long inputs."""

    authors: Path | None = None
    rounds: int = 3
    quick: bool = False

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ConfigError(f"--rounds '{self.rounds}' measures nothing. Use a number above 0.")


def begin(wanted: Wanted) -> Report:
    """An empty report. Raises ConfigError for a checkout that cannot be used, before anything is measured."""
    if wanted.authors is not None:
        _authors(wanted)
    machine = {name: value for name, value in look().items() if name not in ("torch", "accelerate", "diffusers")}
    machine["numpy"] = installed("numpy")
    return Report(machine, None if wanted.authors is None else str(wanted.authors))


def measure(wanted: Wanted, report: Report, say: Say, inputs: Sequence[Input] = INPUTS) -> None:
    """Fill the report. Ctrl-C ends it early, and is told in `report.stopped_in`."""
    authors = _authors(wanted)
    for chosen in inputs:
        if wanted.quick and chosen.long:
            continue
        try:
            row = measured(chosen, wanted.rounds, authors)
        except KeyboardInterrupt:
            report.stopped_in = f"{chosen.name}, {chosen.bins} bins"
            return
        report.rows.append(row)
        faster = "" if row.times_faster is None else f", {row.times_faster:.1f} x as fast as the authors"
        say(f"{titled(row)}: {row.seconds:.4f} s{faster}")


def _authors(wanted: Wanted) -> Authors | None:
    from redheart.benchmarks.surd.authors import load_authors

    return None if wanted.authors is None else load_authors(wanted.authors)


def tables(report: Report) -> Iterator[RenderableType]:
    """For people; needs no terminal."""
    from redheart.benchmarks.surd.tables import tables as tables_of

    return tables_of(report)
