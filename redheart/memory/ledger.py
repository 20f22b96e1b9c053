"""Bookkeeping of residents, leases, bytes. Moves nothing: manager.py acts on what this file knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from weakref import WeakSet

from redheart.errors import BudgetError, ConfigError
from redheart.memory.budgets import mib
from redheart.types.residency import SwapPriority, Tier, TierReport


@dataclass(frozen=True, slots=True)
class ModuleState:
    """One module as the ledger sees it. `last_use` is a logical clock: higher is more recent, 0 is never."""

    name: str
    priority: SwapPriority
    nbytes: int
    resident: bool = False
    reserved: bool = False
    leases: int = 0
    last_use: int = 0

    @property
    def evictable(self) -> bool:
        """Resident, leased by nobody, no BACKBONE."""
        return self.resident and self.leases == 0 and self.priority is not SwapPriority.BACKBONE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one moment. Bytes; `modules` in order of registration."""

    budget: int
    reserved: int
    committed: int
    modules: tuple[ModuleState, ...]

    @property
    def room(self) -> int:
        """Bytes neither promised nor filled."""
        return self.budget - self.reserved - self.committed

    def missing(self, needed: Collection[str]) -> tuple[ModuleState, ...]:
        """Needed modules that are not resident."""
        return tuple(module for module in self.modules if module.name in needed and not module.resident)

    def spare(self, needed: Collection[str]) -> tuple[ModuleState, ...]:
        """Evictable modules that are not needed."""
        return tuple(module for module in self.modules if module.evictable and module.name not in needed)

    def shortage(self, needed: Collection[str]) -> int:
        """Bytes that must be freed before what is missing fits; 0 if it fits now."""
        return max(0, sum(module.nbytes for module in self.missing(needed)) - self.room)


@dataclass(frozen=True, slots=True)
class Counters:
    """What has moved so far."""

    loads: int = 0
    evictions: int = 0
    bytes_in: int = 0
    bytes_freed: int = 0

    def since(self, earlier: Counters) -> Counters:
        """The difference."""
        return Counters(
            self.loads - earlier.loads,
            self.evictions - earlier.evictions,
            self.bytes_in - earlier.bytes_in,
            self.bytes_freed - earlier.bytes_freed,
        )


@dataclass(eq=False)
class Mark:
    """A moment to report from. `peak_committed` grows for as long as the mark is kept."""

    counters: Counters
    peak_committed: int


@dataclass
class Ledger:
    """Who is resident on one tier, how big, leased by how many. Invariants after every call:

    reserved + committed <= budget; only resident modules are leased; a leased or BACKBONE module is not evictable.
    A misuse that would break one raises and changes nothing.
    """

    tier: Tier
    budget: int
    reserved: int = 0
    committed: int = 0
    peak_committed: int = 0
    counters: Counters = Counters()
    _modules: dict[str, ModuleState] = field(default_factory=dict)
    _marks: WeakSet[Mark] = field(default_factory=WeakSet)
    _clock: int = 0

    def register(self, name: str, priority: SwapPriority, nbytes: int) -> None:
        """Make a module known, not resident. Raises ConfigError for a name used twice."""
        if name in self._modules:
            raise ConfigError(f"a module named '{name}' is already registered. Give each module its own name.")
        self._modules[name] = ModuleState(name, priority, nbytes)

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """The names as a set. Raises ConfigError for the first unknown one."""
        for name in names:
            self[name]
        return frozenset(names)

    def __getitem__(self, name: str) -> ModuleState:
        if name not in self._modules:
            raise ConfigError(f"unknown module '{name}'. Registered: {', '.join(self._modules) or 'none'}.")
        return self._modules[name]

    def reserve(self, names: Collection[str]) -> None:
        """Promise room to modules that are not resident: all or none. Raises BudgetError if there is too little."""
        states = [
            self._require(name, not self[name].resident and not self[name].reserved, "in or on its way")
            for name in names
        ]
        size = sum(state.nbytes for state in states)
        if self.reserved + self.committed + size > self.budget:
            raise BudgetError(f"{mib(size)} do not fit: {mib(self.budget - self.reserved - self.committed)} are free.")
        self.reserved += size
        for state in states:
            self._modules[state.name] = replace(state, reserved=True)

    def unreserve(self, names: Collection[str]) -> None:
        """Take promised room back."""
        for state in [self._require(name, self[name].reserved, "not reserved") for name in names]:
            self.reserved -= state.nbytes
            self._modules[state.name] = replace(state, reserved=False)

    def commit(self, names: Collection[str]) -> None:
        """The promised modules are in: all of them become resident at once."""
        now = self._tick()
        for state in [self._require(name, self[name].reserved, "not reserved") for name in names]:
            self.reserved -= state.nbytes
            self.committed += state.nbytes
            self._modules[state.name] = replace(state, reserved=False, resident=True, last_use=now)
            self._count(loads=1, bytes_in=state.nbytes)
        self._note_peak()

    def evict(self, name: str) -> None:
        """The module is out. Raises RuntimeError for one that may not go: leased, BACKBONE, or not resident."""
        self._leave(self._require(name, self[name].evictable, "not evictable"))

    def retire(self, name: str) -> None:
        """The module is out for good, BACKBONE or not. Raises RuntimeError if it is leased or not resident."""
        self._leave(self._require(name, self[name].resident and not self[name].leases, "leased or not resident"))

    def lease(self, names: Collection[str]) -> None:
        """Count one more user of each. Raises RuntimeError if one is not resident; then none is counted."""
        now = self._tick()  # one for all: a set has no order of its own
        for state in [self._require(name, self[name].resident, "not resident") for name in names]:
            self._modules[state.name] = replace(state, leases=state.leases + 1, last_use=now)

    def release(self, names: Collection[str]) -> None:
        """Count one user less of each. Raises RuntimeError if one has none; then none is changed."""
        now = self._tick()
        for state in [self._require(name, self[name].leases > 0, "not leased") for name in names]:
            self._modules[state.name] = replace(state, leases=state.leases - 1, last_use=now)

    def resident(self) -> tuple[str, ...]:
        """Names of the residents, in order of registration."""
        return tuple(state.name for state in self._modules.values() if state.resident)

    def snapshot(self) -> Snapshot:
        """The present moment, frozen."""
        return Snapshot(self.budget, self.reserved, self.committed, tuple(self._modules.values()))

    def mark(self) -> Mark:
        """Remember this moment, to report from."""
        mark = Mark(self.counters, self.committed)
        self._marks.add(mark)
        return mark

    def tier_report(self, measured: int | None) -> TierReport:
        """This tier, with what the allocator itself says where it is known."""
        return TierReport(
            tier=self.tier,
            budget=self.budget,
            reserved=self.reserved,
            committed=self.committed,
            measured=measured,
        )

    def _leave(self, state: ModuleState) -> None:
        self.committed -= state.nbytes
        self._modules[state.name] = replace(state, resident=False)
        self._count(evictions=1, bytes_freed=state.nbytes)

    def _require(self, name: str, holds: bool, complaint: str) -> ModuleState:
        if not holds:
            raise RuntimeError(f"module '{name}' is {complaint}: the ledger was asked for a move that may not be")
        return self[name]

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _count(self, loads: int = 0, evictions: int = 0, bytes_in: int = 0, bytes_freed: int = 0) -> None:
        now = self.counters
        self.counters = Counters(
            now.loads + loads, now.evictions + evictions, now.bytes_in + bytes_in, now.bytes_freed + bytes_freed
        )

    def _note_peak(self) -> None:
        self.peak_committed = max(self.peak_committed, self.committed)
        for mark in self._marks:
            mark.peak_committed = max(mark.peak_committed, self.committed)
