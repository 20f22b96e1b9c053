"""Bytes a request moves: the manager itself on a simulated device, the peers by their rules, the bound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redheart.benchmarks.memory.peers import PEERS
from redheart.benchmarks.memory.reference_plan import BUDGETS_MB, COMPUTE_S, MB, reference_cycle
from redheart.benchmarks.memory.replay import replay_peer
from redheart.benchmarks.memory.rows import PlanRow
from redheart.events import EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.manager import MemoryParts, UnifiedMemoryManager
from redheart.memory.plan import Cycle, Step, solve
from redheart.memory.tiers.simulated import SimulatedDevice, SimulatedModule
from redheart.types.residency import Tier, Work

WARM_UP: Final = 2  # cycles until each begins as the one before did
GB: Final = 1e9
OURS: Final = {"ours": True, "ours_without_prefetch": False}


def plan_rows(cycles: int, budgets_mb: Sequence[int] = BUDGETS_MB) -> Iterator[PlanRow]:
    """One row a budget and contender, ours first. The manager goes round `cycles` times after two to warm up."""
    for budget_mb in budgets_mb:
        budget = budget_mb * MB
        bound = solve(reference_cycle(), budget).bound_bytes
        peers = [_peer_row(name, budget, bound) for name in PEERS]
        ours = [_our_row(name, prefetch, budget, bound, cycles) for name, prefetch in OURS.items()]
        chain = next(row.gb_in + row.gb_out for row in peers if row.contender == "chain")
        for row in [*ours, _whole_modules(budget, bound), *peers]:
            moved = row.gb_in + row.gb_out
            yield replace(row, times_bound=moved / row.bound_gb if bound else None, share_of_chain=moved / chain)


def _our_row(name: str, prefetch: bool, budget: int, bound: float, cycles: int) -> PlanRow:
    walk = Walk(reference_cycle(), budget, COMPUTE_S, prefetch)
    return asyncio.run(walk.run(cycles)).row(budget, name, bound)


def _peer_row(name: str, budget: int, bound: float) -> PlanRow:
    moved = replay_peer(PEERS[name], reference_cycle(), budget)
    return PlanRow(budget / GB, name, moved.bytes_in / GB, moved.bytes_out / GB, bound / GB, "replay")


def _whole_modules(budget: int, bound: float) -> PlanRow:
    moved = solve(reference_cycle(whole=True), budget).total_in
    return PlanRow(budget / GB, "whole_module_optimum", moved / GB, 0.0, bound / GB, "search")


@dataclass(slots=True)
class Walked:
    """What some cycles moved, and how long they waited for it in virtual seconds."""

    cycles: int
    bytes_in: int = 0
    bytes_out: int = 0
    peak: int = 0
    stall_s: float = 0.0

    def row(self, budget: int, contender: str, bound: float) -> PlanRow:
        """Per request."""
        gb_in, gb_out = (nbytes / self.cycles / GB for nbytes in (self.bytes_in, self.bytes_out))
        return PlanRow(
            budget / GB,
            contender,
            gb_in,
            gb_out,
            bound / GB,
            "engine",
            peak_gb=self.peak / GB,
            stall_s=self.stall_s / self.cycles,
        )


class Walk:
    """The manager on a simulated device of `budget` bytes, going round a cycle.

    `compute_s`: step -> virtual seconds of computing, under which a prefetch may hide.
    """

    def __init__(self, cycle: Cycle, budget: int, compute_s: Mapping[str, float], prefetch: bool) -> None:
        self.device = SimulatedDevice(budget)
        budgets = Budgets(Tier.DEVICE, budget, prefetch=prefetch)
        parts = MemoryParts(budgets, "dynamic_swap", "medium", "simulated", self.device)
        self.manager = UnifiedMemoryManager(parts, EventBus())
        self.modules = [SimulatedModule(self.device, name, chunks) for name, chunks in cycle.chunks.items()]
        for module in self.modules:
            self.manager.register(module)
        self._steps, self._compute_s = cycle.steps, compute_s
        self.manager.follow(self.manager.cycle(cycle.steps))

    async def run(self, cycles: int) -> Walked:
        """Warm up, then count. Raises RuntimeError if a weight is not what it was, or the device was misused."""
        for _ in range(WARM_UP):
            await self._round(Walked(1))
        walked = Walked(cycles)
        came, went = self.device.bytes_in, self.device.bytes_out
        for _ in range(cycles):
            await self._round(walked)
        walked.bytes_in, walked.bytes_out = self.device.bytes_in - came, self.device.bytes_out - went
        await self.manager.close()
        return walked

    async def _round(self, walked: Walked) -> None:
        for step in self._steps:
            await self._step(step, walked)

    async def _step(self, step: Step, walked: Walked) -> None:
        device, asked = self.device, self.device.clock.now
        await self.manager.synchronous_swap(step.name)
        async with self.manager.hold(*step.modules, work=Work(step.work_bytes)):
            began = device.clock.now
            walked.peak = max(walked.peak, device.peak)  # nobody works during a swap
            device.peak = device.truth()
            await prefetches()
            self._refuse_damage()
            beyond = device.clock.now - began - self._compute_s[step.name]  # what computing could not hide
            walked.stall_s += began - asked + max(0.0, beyond)
            walked.peak = max(walked.peak, device.peak + step.work_bytes)
        device.peak = device.truth()

    def _refuse_damage(self) -> None:
        damaged = {module.name: module.damaged() for module in self.modules if module.damaged()}
        if damaged or self.device.misuses:
            raise RuntimeError(f"the simulated run broke something: chunks {damaged}, misuses {self.device.misuses}")


async def prefetches() -> None:
    """Return when none is under way. The manager names its tasks."""
    running = [task for task in asyncio.all_tasks() if task.get_name() == "prefetch"]
    if running:
        await asyncio.wait(running)
