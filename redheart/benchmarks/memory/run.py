"""Runs the parts of the memory benchmark in order; what is done when it is interrupted, stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from redheart.benchmarks.memory import machine
from redheart.benchmarks.memory.report import Report
from redheart.config.environment import force_cpu
from redheart.devices import cuda_available
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

Part = Literal["sim", "host", "cuda"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure. `gb`: weights moved on the host tiers; `cap_gb`: what a CUDA process may allocate.

    `cycles` are counted after two to warm up; `decisions` are timed for each number of modules.
    """

    parts: tuple[Part, ...] = ("sim", "host")
    gb: float = 1.0
    cap_gb: float = 8.0
    rounds: int = 5
    cycles: int = 10
    decisions: int = 2000

    def __post_init__(self) -> None:
        for name in ("gb", "cap_gb", "rounds", "cycles", "decisions"):
            value = getattr(self, name)
            if not value > 0:
                raise ConfigError(f"--{name.replace('_', '-')} '{value:g}' measures nothing. Use a number above 0.")


def begin(wanted: Wanted) -> Report:
    """An empty report. Raises ConfigError for what this machine cannot run, before anything is measured."""
    if "cuda" in wanted.parts and not cuda_available(force_cpu()):
        raise ConfigError(
            "--cuda was asked for, but torch sees no CUDA device. Leave it out: --sim and --host need none."
        )
    if "host" in wanted.parts:
        from redheart.benchmarks.memory.host_room import refuse_too_little_room

        refuse_too_little_room(wanted.gb)
    return Report(machine.look())


def measure(wanted: Wanted, report: Report, say: Say) -> None:
    """Fill the report. Ctrl-C ends it early, and is told in `report.stopped_in`."""
    for part in wanted.parts:
        try:
            PARTS[part](wanted, report, say)
        except KeyboardInterrupt:
            report.stopped_in = part
            return


def _sim(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.memory.decisions import decision_rows
    from redheart.benchmarks.memory.simulated_run import plan_rows
    from redheart.benchmarks.memory.solving import solving_rows

    for plan in plan_rows(wanted.cycles):
        say(f"plan at {plan.budget_gb:g} GB: {plan.contender} moves {plan.gb_in + plan.gb_out:.2f} GB a request")
        report.plans.append(plan)
    for row in decision_rows(wanted.decisions, report.note):
        say(f"decision among {row.modules:,} modules: {row.p50_ms:.3f} ms")
        report.decisions.append(row)
    for solved in solving_rows():
        say(f"{solved.what}: {solved.p50:.3f} {solved.unit}")
        report.overhead.append(solved)


def _host(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.memory.overhead import Amount, overhead_rows
    from redheart.benchmarks.memory.tiers import TierBench

    with TierBench(wanted.gb, wanted.rounds, say) as bench:
        try:
            bench.measure()
        finally:
            report.tiers.extend(bench.rows())
            for sentence in bench.notes:
                report.note(sentence)
    for row in overhead_rows(Amount(wanted.gb), report.note):
        say(f"{row.what}: p50 {row.p50} {row.unit}")
        report.overhead.append(row)


def _cuda(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.memory.cuda import run_cuda

    report.cuda.extend(run_cuda(wanted.cap_gb, wanted.cycles, say=say))


PARTS: Final[dict[Part, Callable[[Wanted, Report, Say], None]]] = {"sim": _sim, "host": _host, "cuda": _cuda}


def tables(report: Report) -> Iterator[RenderableType]:
    """For people; needs no terminal."""
    from redheart.benchmarks.memory.tables import tables as tables_of

    return tables_of(report)


def draw(report: Report, to: Path) -> None:
    """A picture, a PNG. Needs matplotlib."""
    from redheart.benchmarks.memory.plots import draw as draw_to

    draw_to(report, to)
