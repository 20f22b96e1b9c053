"""What memory does, said on standard error under --monitor-memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from redheart.entrypoints.cli.progress import Progress
from redheart.errors import InputError
from redheart.events import MEMORY_PRESSURE, MEMORY_RELIEVED, MODULE_EVICTED, MODULE_LOADED, PHASE_STARTED

if TYPE_CHECKING:
    from rich.console import Console

    from redheart.entrypoints.cli.context import Engine
    from redheart.entrypoints.cli.flags import InferFlags
    from redheart.events import Event
    from redheart.memory.monitor import MemoryMonitor
    from redheart.types.residency import MemoryReport

Listener = Callable[["Event"], None]

_MIB = 1 << 20


@runtime_checkable
class Watchable(Protocol):
    """An engine whose memory can be watched."""

    @property
    def monitor(self) -> MemoryMonitor:
        """Who looks at it."""
        ...


def refuse_timeline(flags: InferFlags) -> None:
    """Raises InputError if --memory-timeline could not be written later, or would overwrite what is read or written."""
    wanted = flags.memory_timeline
    if wanted is None:
        return
    if wanted.is_dir():
        raise InputError(f"--memory-timeline '{wanted}' is a folder. Name a file in it.")
    if not wanted.resolve().parent.is_dir():
        raise InputError(f"--memory-timeline '{wanted}': its folder does not exist. Make it, or choose another.")
    for other in (flags.file, flags.out):
        if other is not None and other.resolve() == wanted.resolve():
            raise InputError(f"--memory-timeline '{wanted}' is the file of --file or --out. Choose another name.")


@contextmanager
def watching(engine: Engine, progress: Progress, flags: InferFlags) -> Iterator[list[Listener]]:
    """Inside, memory is watched if that is wanted; yields who listens to the engine's news.

    On a terminal a live table, elsewhere a line a move; a timeline beside it, and on leaving what was the most of all.
    """

    def tell_phase(event: Event) -> None:
        if event.kind == PHASE_STARTED:
            progress.phase(event.name)

    def tell_move(event: Event) -> None:
        if line := _news(event):
            progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    if not (flags.monitor_memory or flags.memory_timeline):
        yield [tell_phase]
    elif not isinstance(engine, Watchable) or engine.monitor.watched is None:
        yield [tell_phase, tell_move]
    else:
        live = progress.console.is_terminal
        with _watched(engine.monitor, progress.console, flags) as tell_timeline:
            yield [tell_phase, tell_timeline, *([] if live else [tell_move])]


@contextmanager
def _watched(monitor: MemoryMonitor, console: Console, flags: InferFlags) -> Iterator[Listener]:
    from redheart.memory.watch.folders import timeline_folder
    from redheart.memory.watch.timeline import recording

    with ExitStack() as opened:
        timeline = opened.enter_context(recording(monitor, flags.memory_timeline, timeline_folder()))
        opened.callback(lambda: _tell(console, [*summary(monitor), f"memory: timeline in '{timeline.path}'"]))
        if console.is_terminal:
            from rich.live import Live

            from redheart.entrypoints.cli.memory_table import REFRESH_S, MemoryTable

            table = MemoryTable(monitor)
            opened.enter_context(Live(table, console=console, refresh_per_second=1 / REFRESH_S, transient=True))
        yield timeline.tell


def summary(monitor: MemoryMonitor) -> list[str]:
    """What a run took at most, by the process and by the allocator, beside the budget."""
    moment = monitor.moment()
    budget, over = moment.tier.budget, moment.over_baseline
    if over is None:
        return [f"memory: nothing was loaded; the budget is {_mib(budget)}"]
    assert moment.rss_before_load is not None
    held = "unknown" if monitor.measured_peak is None else _mib(monitor.measured_peak)
    verdict = "under" if over <= budget else "OVER"
    return [
        f"memory: peak RSS {_mib(over)} over the {_mib(moment.rss_before_load)} before the first load: {verdict} the "
        f"budget of {_mib(budget)}",
        f"memory: allocator at most {held}, weights in it at most {_mib(moment.peak_committed)}",
    ]


def tell_memory(memory: MemoryReport, errors: Console) -> None:
    """The memory report of one request, a line a tier."""
    _tell(errors, memory_lines(memory))


def memory_lines(memory: MemoryReport) -> list[str]:
    """The memory report in words."""
    tiers = [
        f"  {tier.tier}: {tier.committed / _MIB:.0f} of {tier.budget / _MIB:.0f} MiB held"
        + (f", {tier.measured / _MIB:.0f} MiB measured" if tier.measured is not None else "")
        + "".join(f", {name} {nbytes / _MIB:.0f} MiB" for name, nbytes in tier.lines.items())
        for tier in memory.tiers
    ]
    return [
        f"memory: mode {memory.mode}, policy {memory.policy}, device {memory.device}",
        *tiers,
        f"  {memory.loads} loads ({memory.bytes_in / _MIB:.0f} MiB), {memory.evictions} evictions "
        f"({memory.bytes_freed / _MIB:.0f} MiB freed), peak {memory.peak_committed / _MIB:.0f} MiB, "
        f"process {memory.rss / _MIB:.0f} MiB",
        f"  resident: {', '.join(memory.resident) or 'nothing'}",
    ]


def _tell(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _news(event: Event) -> str:
    """A move or a change of pressure in one line; nothing for other news."""
    size = f" {event.bytes / _MIB:.1f} MiB" if event.bytes is not None else ""
    took = f" in {event.seconds * 1000:.0f} ms" if event.seconds is not None else ""
    if event.kind in (MODULE_LOADED, MODULE_EVICTED):
        return f"memory: {event.kind.removeprefix('module_')} {event.name}{size}{took}"
    if event.kind in (MEMORY_PRESSURE, MEMORY_RELIEVED):
        return f"memory: {event.kind.removeprefix('memory_')} on {event.name},{size} cannot be freed"
    return ""


def _mib(nbytes: int) -> str:
    return f"{nbytes / _MIB:.1f} MiB"
