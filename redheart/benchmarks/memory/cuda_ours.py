"""Our engine on a GPU, under our manager or under the policies of others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import torch
from safetensors.torch import load_file

from redheart.benchmarks.memory.cuda_stage import Stage
from redheart.benchmarks.memory.modules import PHASES, Phase, StandIn
from redheart.events import EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.manager import MemoryParts, UnifiedMemoryManager
from redheart.memory.plan import Step
from redheart.memory.policies import Policy
from redheart.memory.states import Piece, Snapshot
from redheart.memory.torch_module import TorchModule
from redheart.types.residency import Grant, SwapPriority, Tier, Work
from redheart.types.weights import HeldWeights, StoredWeights


class WholeLru:
    """Whole modules, least recently used first: what most do, over our engine."""

    name = "lru"

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """As many modules as it takes."""
        chosen: list[Piece] = []
        for module in sorted(snapshot.spare(needed), key=lambda module: module.last_use):
            if shortage <= 0:
                break
            chosen += [Piece(module.name, chunk) for chunk in sorted(module.resident)]
            shortage -= module.size(module.resident)
        return tuple(chosen)


class LruManager(UnifiedMemoryManager):
    """Ours, with a policy that no setting names."""

    @property
    def policy(self) -> Policy:
        """LRU."""
        return WholeLru()


def lru_manager(parts: MemoryParts, events: EventBus) -> UnifiedMemoryManager:
    """Ours, with that policy."""
    return LruManager(parts, events)


@dataclass(frozen=True, slots=True)
class Ours:
    """One way to run our engine. `follows`: it knows the cycle; `streams`: a module computes while its rest arrives."""

    name: str
    manager: Callable[[MemoryParts, EventBus], UnifiedMemoryManager] = UnifiedMemoryManager
    keep_warm: bool = True
    prefetch: bool = False
    follows: bool = True
    streams: bool = True


class Managed:
    """Our manager on the stage's transfer, in one of its ways."""

    lifts_cap = False

    def __init__(self, way: Ours) -> None:
        self.name, self._way = way.name, way

    def missing(self, device: torch.device) -> str | None:
        """Nothing is."""
        return None

    def open(self, stage: Stage) -> None:
        """Modules on the meta device."""
        budgets = Budgets(Tier.DEVICE, stage.usable, self._way.keep_warm, self._way.prefetch)
        self._masters = stage.transfer.masters
        parts = MemoryParts(budgets, "dynamic_swap", "bench", stage.device.type, stage.transfer)
        self._manager = self._way.manager(parts, EventBus())
        self.modules = {name: shape.build().eval() for name, shape in stage.weights.shapes.items()}
        for name, module in self.modules.items():
            self._manager.register(_torch_module(name, module, stage))
        self._work = {phase.name: stage.work(phase) for phase in PHASES}
        if self._way.follows:
            steps = [Step(phase.name, frozenset(phase.modules), self._work[phase.name]) for phase in PHASES]
            self._manager.follow(self._manager.cycle(steps))

    @asynccontextmanager
    async def phase(self, phase: Phase) -> AsyncIterator[Grant]:
        """A swap where the steps are known, a hold in any case."""
        if self._way.follows:
            await self._manager.synchronous_swap(phase.name, stream=self._way.streams)
        work = Work(self._work[phase.name])
        async with self._manager.hold(*phase.modules, work=work, stream=self._way.streams) as grant:
            yield grant

    def moved(self) -> tuple[int, int]:
        """By the ledger. Weights are never copied out."""
        return self._manager.ledger.counters.bytes_in, 0

    def rungs(self) -> int:
        """How often memory was made again after it had run out."""
        return self._manager.journal.counts["rung"]

    async def recover(self) -> None:
        """It has done so itself."""

    async def close(self) -> None:
        """Masters go too: what they had locked, and what was booked for it, is noted before."""
        masters = self._masters
        self.locked_bytes, self.booked_bytes = masters.locked_bytes, masters.booked_bytes
        await self._manager.close()


def _torch_module(name: str, module: StandIn, stage: Stage) -> TorchModule:
    file = stage.weights.file(name)
    stored = StoredWeights(str(file), lambda: iter(load_file(file).items()), (file,))
    return TorchModule(HeldWeights(name, SwapPriority.PRIMARY, module, stored), stage.transfer)
