"""Modules without weights, on a device that knows how full it is."""

from __future__ import annotations

import asyncio
import threading

from redheart.errors import CheckpointError
from redheart.events import EventBus
from redheart.memory.budgets import MIB, Budgets
from redheart.memory.manager import UnifiedMemoryManager
from redheart.memory.policies import policy_named
from redheart.types.residency import SwapPriority, Tier


class FakeDevice:
    """Holds loaded modules; a load beyond its capacity is a mistake of whoever ordered it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.loaded: dict[str, int] = {}
        self.log: list[str] = []
        self.lock = threading.Lock()

    def put(self, name: str, nbytes: int) -> None:
        with self.lock:
            assert name not in self.loaded, f"'{name}' was loaded twice"
            self.loaded[name] = nbytes
            self.log.append(f"+{name}")
            assert sum(self.loaded.values()) <= self.capacity, f"out of memory: {self.loaded}"

    def drop(self, name: str) -> None:
        with self.lock:
            if self.loaded.pop(name, None) is not None:
                self.log.append(f"-{name}")


class FakeModule:
    """A Swappable of `mib` MiB. `broken` makes its load fail half-way; a `gate` lets the load begin, but not end."""

    def __init__(self, device: FakeDevice, name: str, mib: int, priority: SwapPriority = SwapPriority.PRIMARY) -> None:
        self.device, self.name, self.priority, self.nbytes = device, name, priority, mib * MIB
        self.broken = False
        self.gate: threading.Event | None = None
        self.begun = threading.Event()

    def load(self) -> None:
        self.device.put(self.name, self.nbytes)
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.broken:
            raise CheckpointError(f"'{self.name}' is damaged")

    def unload(self) -> None:
        self.device.drop(self.name)


class House:
    """A memory manager over fake modules named by one letter, and the device that tells the truth."""

    def __init__(self, mib: int, policy: str = "dynamic_swap", keep_warm: bool = True) -> None:
        self.device = FakeDevice(mib * MIB)
        self.events = EventBus()
        budgets = Budgets(Tier.HOST, mib * MIB, keep_warm)
        self.memory = UnifiedMemoryManager(budgets, policy_named(policy), "medium", "cpu", self.events)
        self.modules: dict[str, FakeModule] = {}

    def add(self, name: str, mib: int, priority: SwapPriority = SwapPriority.PRIMARY) -> FakeModule:
        module = FakeModule(self.device, name, mib, priority)
        self.memory.register(module)
        self.modules[name] = module
        return module

    async def visit(self, *names: str) -> None:
        """Hold and let go."""
        async with self.memory.hold(*names):
            pass

    async def until_begun(self, name: str) -> None:
        assert await asyncio.to_thread(self.modules[name].begun.wait, 10)

    def leases(self, name: str) -> int:
        return self.memory.ledger[name].leases


class Holder:
    """A task that holds modules until told to let go."""

    def __init__(self, house: House, *names: str) -> None:
        self.inside, self.let_go = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._hold(house, names))

    async def _hold(self, house: House, names: tuple[str, ...]) -> None:
        async with house.memory.hold(*names):
            self.inside.set()
            await self.let_go.wait()

    async def entered(self) -> None:
        """Return once inside; raises what kept it out."""
        inside = asyncio.create_task(self.inside.wait())
        await asyncio.wait((inside, self.task), return_when=asyncio.FIRST_COMPLETED)
        inside.cancel()
        if self.task.done():
            self.task.result()

    async def end(self) -> None:
        self.let_go.set()
        await self.task


async def settle() -> None:
    """Let every task that can go on without a thread do so."""
    for _ in range(20):
        await asyncio.sleep(0)
