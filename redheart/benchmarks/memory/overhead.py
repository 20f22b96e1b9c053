"""What the manager itself costs: a lease when all is there, the event loop's wait during a swap, growth over time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from redheart.benchmarks.memory.our_route import sheet_module
from redheart.benchmarks.memory.rows import OverheadRow
from redheart.benchmarks.memory.samples import percentile, seconds_of
from redheart.benchmarks.memory.sheets import SheetFiles, write_sheets
from redheart.events import EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.manager import MemoryParts, UnifiedMemoryManager
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.tiers.simulated import SimulatedDevice, SimulatedModule
from redheart.memory.transfer import Transfer

LEASES: Final = 5000
SWAPS: Final = 4
GROWTH_CYCLES: Final = 200
SETTLED: Final = 20  # cycles after which memory has found its size
TICK_S: Final = 0.001
GROWTH_GB: Final = 0.05
SEED: Final = 20261121


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    gb: float
    leases: int = LEASES
    swaps: int = SWAPS
    growth_gb: float = GROWTH_GB
    growth_cycles: int = GROWTH_CYCLES


def overhead_rows(amount: Amount, note: Callable[[str], None]) -> Iterator[OverheadRow]:
    """One row a question, as each is answered."""
    yield asyncio.run(_leases(amount.leases))
    with tempfile.TemporaryDirectory(prefix="redheart-bench-") as folder:
        yield from asyncio.run(_loop_lag(write_sheets(Path(folder), int(amount.gb * 1e9), SEED), amount.swaps))
    with tempfile.TemporaryDirectory(prefix="redheart-bench-") as folder:
        files = write_sheets(Path(folder), int(amount.growth_gb * 1e9), SEED)
        yield asyncio.run(_growth(files, amount.growth_cycles))
        yield from _accelerate_hooks(files, note)


def manager_of(transfer: Transfer, budget: int) -> UnifiedMemoryManager:
    """A manager whose working tier `transfer` serves, without a plan."""
    budgets = Budgets(transfer.tier, budget, prefetch=False)
    return UnifiedMemoryManager(MemoryParts(budgets, "dynamic_swap", "medium", "cpu", transfer), EventBus())


# -- a lease ---------------------------------------------------------------------------------------------------------


async def _leases(count: int) -> OverheadRow:
    """Acquire and release one of eight modules, all of them resident."""
    device = SimulatedDevice(capacity=8_000_000)
    manager = manager_of(device, device.capacity)
    names = [f"m{index}" for index in range(8)]
    for name in names:
        manager.register(SimulatedModule(device, name, (500_000, 400_000)))
    async with manager.hold(*names):
        pass
    times = []
    for index in range(count):
        begun = time.perf_counter()
        async with manager.hold(names[index % 8]):
            pass
        times.append((time.perf_counter() - begun) * 1e6)
    await manager.close()
    return _row("lease_acquire_release", "us", times, 20, "p50")


# -- the event loop --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Ticker:
    """Asks the loop to be called each millisecond, and keeps how late each call came, ms."""

    late_ms: list[float] = field(default_factory=list)
    _handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self._handle = loop.call_at(due := loop.time() + TICK_S, self._tick, due)

    def stop(self) -> list[float]:
        """End; what was kept."""
        if self._handle is not None:
            self._handle.cancel()
        return self.late_ms

    def _tick(self, due: float) -> None:
        self.late_ms.append((asyncio.get_running_loop().time() - due) * 1e3)
        self.start()


async def _loop_lag(files: SheetFiles, swaps: int) -> Sequence[OverheadRow]:
    """Two modules, room for one: they take turns while a ticker asks how late the loop is."""
    manager, names = _pair(files)
    idle = Ticker()
    idle.start()
    await asyncio.sleep(0.3)
    rows = [_row("loop_lag_idle", "ms", idle.stop(), None, None, "the same ticker with nothing else to do")]
    for name in names:  # first memory is fresh memory
        async with manager.hold(name):
            pass
    busy = Ticker()
    busy.start()
    for turn in range(swaps):
        async with manager.hold(names[turn % 2]):
            pass
    moved = f"{swaps} swaps of {files.nbytes / 1e9:.2f} GB"
    rows.append(_row("loop_lag_during_swap", "ms", busy.stop(), 5, "max", moved))
    await manager.close()
    return rows


def _pair(files: SheetFiles) -> tuple[UnifiedMemoryManager, tuple[str, str]]:
    transfer = HostTransfer()
    modules = [sheet_module(name, files, transfer) for name in ("one", "other")]
    manager = manager_of(transfer, int(sum(modules[0].chunk_bytes) * 1.02))
    for module in modules:
        manager.register(module)
    return manager, ("one", "other")


# -- growth ----------------------------------------------------------------------------------------------------------


async def _growth(files: SheetFiles, cycles: int) -> OverheadRow:
    """Two modules take turns; RSS after the first turns against RSS after the last ones."""
    manager, names = _pair(files)
    rss = []
    for _ in range(cycles):
        for name in names:
            async with manager.hold(name):
                pass
        rss.append(psutil.Process().memory_info().rss)
    await manager.close()
    settled = min(SETTLED, cycles // 2)
    grown = (median(rss[-settled or None :]) - median(rss[settled : 2 * settled or None])) / 1e6
    told = f"RSS over {cycles} cycles of 2 x {files.nbytes / 1e6:.0f} MB, the first {settled} left out"
    return OverheadRow(
        "rss_growth", "MB", p50=grown, max=(max(rss[settled:]) - rss[settled]) / 1e6, samples=cycles, note=told
    )


# -- for comparison --------------------------------------------------------------------------------------------------


def _accelerate_hooks(files: SheetFiles, note: Callable[[str], None]) -> Iterator[OverheadRow]:
    if find_spec("accelerate") is None:
        note("accelerate is not installed, so the cost of its hooks was not measured: pip install 'redheart[bench]'")
        return
    from redheart.benchmarks.memory.routes import AccelerateCpuOffload

    with tempfile.TemporaryDirectory(prefix="redheart-bench-") as folder:
        route = AccelerateCpuOffload(files, Path(folder))
        route.load()
        times = [seconds_of(route.load) * 1e6 / files.tensors for _ in range(10)]
    yield _row(
        "accelerate_hook_per_tensor", "us", times, None, None, "its cpu_offload, each forward pass, for comparison"
    )


def _row(
    what: str, unit: str, values: Sequence[float], target: float | None, judged: str | None, note: str | None = None
) -> OverheadRow:
    return OverheadRow(
        what, unit, percentile(values, 0.5), percentile(values, 0.99), max(values), len(values), target, judged, note
    )
