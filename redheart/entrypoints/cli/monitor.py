"""What memory did, said on standard error under --monitor-memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from redheart.entrypoints.cli.progress import Progress
from redheart.events import MODULE_EVICTED, MODULE_LOADED, PHASE_STARTED

if TYPE_CHECKING:
    from rich.console import Console

    from redheart.events import Event
    from redheart.types.residency import MemoryReport

_MIB = 1 << 20


def listeners(progress: Progress, monitor: bool) -> list[Callable[[Event], None]]:
    """Who listens to an engine's news: the progress, and the memory log if it is wanted."""

    def tell_phase(event: Event) -> None:
        if event.kind == PHASE_STARTED:
            progress.phase(event.name)

    def tell_move(event: Event) -> None:
        if event.kind in (MODULE_LOADED, MODULE_EVICTED):
            progress.console.print(_move(event), markup=False, highlight=False)

    return [tell_phase, tell_move] if monitor else [tell_phase]


def tell_memory(memory: MemoryReport, errors: Console) -> None:
    """The memory report of one request, a line a tier."""
    for line in memory_lines(memory):
        errors.print(line, markup=False, highlight=False)


def memory_lines(memory: MemoryReport) -> list[str]:
    """The memory report in words."""
    tiers = [
        f"  {tier.tier}: {tier.committed / _MIB:.0f} of {tier.budget / _MIB:.0f} MiB held"
        + (f", {tier.measured / _MIB:.0f} MiB measured" if tier.measured is not None else "")
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


def _move(event: Event) -> str:
    size = f" {event.bytes / _MIB:.1f} MiB" if event.bytes is not None else ""
    took = f" in {event.seconds * 1000:.0f} ms" if event.seconds is not None else ""
    return f"memory: {event.kind.removeprefix('module_')} {event.name}{size}{took}"
