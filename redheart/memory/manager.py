"""Brings modules in and out as holders ask. What may be where, ledger.py knows; who must leave, a policy says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import psutil

from redheart.blocking import run_blocking
from redheart.errors import BudgetError
from redheart.events import MODULE_EVICTED, MODULE_LOADED, Event, EventBus
from redheart.memory.budgets import Budgets, mib
from redheart.memory.ledger import Ledger, Mark
from redheart.memory.monitor import device_allocated
from redheart.memory.policies import Policy
from redheart.types.residency import MemoryReport, Swappable, SwapPriority


@dataclass(eq=False)
class _Lease:
    """One `hold` that is open."""

    owner: UnifiedMemoryManager
    names: frozenset[str]
    active: bool = True


#: The holds around the running code, outermost first; tasks started inside a hold inherit them.
_around: ContextVar[tuple[_Lease, ...]] = ContextVar("redheart_holds", default=())


class UnifiedMemoryManager:
    """Leases of modules under one budget, for one event loop.

    Holds are served first come, first served, one transfer at a time; all ask for their modules at once. A hold inside
    a hold goes before the queue, for the queue may be waiting for it.
    """

    def __init__(self, budgets: Budgets, policy: Policy, mode: str, device: str, events: EventBus) -> None:
        self.budgets, self.policy, self.mode, self.device = budgets, policy, mode, device
        self.ledger = Ledger(budgets.counted, budgets.nbytes)
        self._events = events
        self._modules: dict[str, Swappable] = {}
        self._turn = asyncio.Lock()
        self._transfer = asyncio.Lock()
        self._changed = asyncio.Event()  # set and replaced whenever leases come back
        self._closed = False

    def register(self, module: Swappable) -> None:
        """Make a module known; it is loaded when first held. Raises ConfigError for a name used twice."""
        self.ledger.register(module.name, module.priority, module.nbytes)
        self._modules[module.name] = module

    def resident(self) -> tuple[str, ...]:
        """Names of the modules in fast memory, in order of registration."""
        return self.ledger.resident()

    @asynccontextmanager
    async def hold(self, *names: str) -> AsyncIterator[None]:
        """While inside, the named modules are resident and leased. Waits while others' leases leave too little room.

        Raises ConfigError for an unknown name, BudgetError if the modules can never fit, and what a load raises; then
        the former residents are back and nothing is leased. Two tasks that each hold something and then ask for what
        the other blocks wait for ever: ask for everything at once.
        """
        needed = self.ledger.known(names)
        outer = _around.get()
        await self._admit(needed)
        lease = _Lease(self, needed)
        _around.set((*outer, lease))
        try:
            yield
        finally:
            lease.active = False
            _around.set(outer)
            await self._give_back(needed)

    def mark(self) -> Mark:
        """Remember this moment, to `report` from."""
        return self.ledger.mark()

    def report(self, since: Mark, samples: Iterable[dict[str, float | str]] = ()) -> MemoryReport:
        """What memory did since the mark; `samples` are a monitor's."""
        moved = self.ledger.counters.since(since.counters)
        return MemoryReport(
            mode=self.mode,
            policy=self.policy.name,
            device=self.device,
            tiers=(self.ledger.tier_report(device_allocated(self.device)),),
            resident=self.resident(),
            loads=moved.loads,
            evictions=moved.evictions,
            bytes_in=moved.bytes_in,
            bytes_freed=moved.bytes_freed,
            peak_committed=since.peak_committed,
            rss=psutil.Process().memory_info().rss,
            samples=tuple(samples),
        )

    async def close(self) -> None:
        """Admit nobody any more, wait until all leases are back, unload everything. May be called twice."""
        if self._own_leases():
            raise RuntimeError("close() inside a hold would wait for itself for ever")
        self._closed = True
        self._announce()
        while True:
            changed = self._changed
            async with self._transfer:
                if not any(module.leases for module in self.ledger.snapshot().modules):
                    for name in self.resident():
                        await self._unload(name, for_good=True)
                    return
            await changed.wait()

    # -- admission ---------------------------------------------------------------------------------------------------

    async def _admit(self, needed: frozenset[str]) -> None:
        own = self._own_leases()
        self._refuse_what_never_fits(needed, own)
        if own:
            await self._admit_next(needed, own)
            return
        async with self._turn:  # asyncio's lock is first come, first served
            await self._admit_next(needed, own)

    async def _admit_next(self, needed: frozenset[str], own: Counter[str]) -> None:
        """(1) closed, or larger than the budget: refuse. (2) fits after evicting: move, lease. (3) else wait, again."""
        while True:
            changed = self._changed
            async with self._transfer:
                self._refuse_if_closed()
                self._refuse_what_never_fits(needed, own)
                victims = self._victims(needed, own)
                if victims is not None:
                    await self._move(victims, needed)
                    # Counted only after every move succeeded: a failed move must leak no lease.
                    self.ledger.lease(needed)
                    return
            await changed.wait()

    def _victims(self, needed: frozenset[str], own: Counter[str]) -> tuple[str, ...] | None:
        """Who must leave; None if others' leases are in the way. Raises BudgetError if waiting could not help."""
        snapshot = self.ledger.snapshot()
        victims = self.policy.victims(snapshot, needed)
        if not set(victims) <= {module.name for module in snapshot.spare(needed)}:
            raise RuntimeError(f"policy '{self.policy.name}' chose {victims}, not all of which may be evicted")
        if sum(self.ledger[name].nbytes for name in victims) >= snapshot.shortage(needed):
            return victims
        if all(module.leases <= own[module.name] for module in snapshot.modules):
            raise BudgetError(
                f"policy '{self.policy.name}' frees too little for {_listed(needed)}, and nobody else holds a lease. "
                f"Raise {self.budgets.setting}, or choose another memory.policy."
            )
        return None

    def _refuse_what_never_fits(self, needed: frozenset[str], own: Counter[str]) -> None:
        """BACKBONE residents stay, and so does what the caller itself holds: no waiting frees that."""
        modules = self.ledger.snapshot().modules
        pinned = [
            module
            for module in modules
            if module.resident and (module.name in own or module.priority is SwapPriority.BACKBONE)
        ]
        together = {module.name for module in pinned} | needed
        size = sum(self.ledger[name].nbytes for name in together)
        if size > self.budgets.nbytes:
            where = "in memory together" if len(together) > 1 else "in memory"
            raise BudgetError(
                f"{_listed(together)} must be {where}: {mib(size)}, but the budget is "
                f"{mib(self.budgets.nbytes)}. Raise {self.budgets.setting}, or choose a larger memory mode."
            )

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the memory manager is closed")

    def _own_leases(self) -> Counter[str]:
        return Counter(name for lease in _around.get() if lease.active and lease.owner is self for name in lease.names)

    async def _give_back(self, names: frozenset[str]) -> None:
        self.ledger.release(names)
        self._announce()
        if not self.budgets.keep_warm:
            async with self._transfer:
                for name in [name for name in sorted(names) if self.ledger[name].evictable]:
                    await self._unload(name)

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # -- moves, one at a time under the transfer lock ----------------------------------------------------------------

    async def _move(self, victims: tuple[str, ...], needed: frozenset[str]) -> None:
        """Evict, then bring in what is missing. A failed load brings the victims back before it is raised."""
        gone: list[str] = []
        try:
            for name in victims:
                gone.append(name)
                await self._unload(name)
            await self._bring([module.name for module in self.ledger.snapshot().missing(needed)])
        except Exception as error:  # a cancelled caller has no use for the former residents: they stay on disk
            await self._bring_back(gone, error)
            raise

    async def _bring(self, names: Collection[str]) -> None:
        """Reserve room for all, load, commit. If anything fails or is cancelled, none is in and the room is free."""
        self.ledger.reserve(names)
        seconds: dict[str, float] = {}  # of the loads begun; 0 until one has ended
        try:
            for name in names:
                started, seconds[name] = time.perf_counter(), 0.0
                await run_blocking(self._modules[name].load)
                seconds[name] = time.perf_counter() - started
        except BaseException as error:
            await self._abandon(names, list(seconds), error)
            raise
        self.ledger.commit(names)
        for name in names:
            self._events.publish(Event(MODULE_LOADED, name, seconds=seconds[name], bytes=self.ledger[name].nbytes))

    async def _abandon(self, names: Collection[str], begun: list[str], error: BaseException) -> None:
        """Unload what was begun, even half a load, in one piece that a second cancellation cannot cut in two."""
        try:
            await run_blocking(_unload_all, [self._modules[name] for name in begun], error)
        finally:
            self.ledger.unreserve(names)

    async def _bring_back(self, names: list[str], error: Exception) -> None:
        for name in names:
            try:
                await self._bring([name])
            except Exception as second:  # mended by telling: the first error is the one that is raised
                error.add_note(f"'{name}' had been evicted, and could not be brought back: {second}")

    async def _unload(self, name: str, for_good: bool = False) -> None:
        started = time.perf_counter()
        try:
            await run_blocking(self._modules[name].unload)
        finally:  # after a failed unload the module is in no known state: it must be loaded before its next use
            (self.ledger.retire if for_good else self.ledger.evict)(name)
        seconds = time.perf_counter() - started
        self._events.publish(Event(MODULE_EVICTED, name, seconds=seconds, bytes=self.ledger[name].nbytes))


def _unload_all(modules: list[Swappable], error: BaseException) -> None:
    for module in modules:
        try:
            module.unload()
        except Exception as second:  # mended by telling: the first error is the one that is raised
            error.add_note(f"'{module.name}' could not be unloaded: {second}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names)) or "nothing"
