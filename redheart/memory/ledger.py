"""Bookkeeping of chunks, leases, bytes. Moves nothing: manager.py acts on what this file knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakSet

from redheart.errors import BudgetError, ConfigError
from redheart.memory.account import Account
from redheart.memory.budgets import mib
from redheart.memory.plan import Outlook
from redheart.memory.states import OFF_PLAN, ModuleState, Piece, Snapshot
from redheart.types.residency import Tier

WORK = "work"  # the line of the working tier that all open holds share
LOST = "lost:"  # begins the names of lines for memory that could not be given back
CONTEXT = "context"  # its line for what libraries take when computing begins


@dataclass(frozen=True, slots=True)
class Counters:
    """What has moved so far: modules begun to be loaded or evicted, and bytes."""

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
    """Who is resident on the working tier, how big, leased by how many. Invariants after every call:

    reserved + committed + lines <= budget, unless a line of others outgrew it; only whole modules are leased; a leased
    or BACKBONE module is not evictable. A misuse that would break one raises and changes nothing.
    `others` are accounts of the tiers behind the working one, kept by whoever fills them.
    """

    tier: Tier
    budget: int
    account: Account = field(init=False)
    others: dict[Tier, Account] = field(default_factory=dict)
    counters: Counters = Counters()
    idle_bytes: int = 0  # of chunks that may be evicted
    _modules: dict[str, ModuleState] = field(default_factory=dict)
    _marks: WeakSet[Mark] = field(default_factory=WeakSet)
    _clock: int = 0

    def __post_init__(self) -> None:
        self.account = Account(self.tier, self.budget)

    @property
    def reserved(self) -> int:
        """Bytes promised on the working tier."""
        return self.account.reserved

    @property
    def committed(self) -> int:
        """Bytes filled on the working tier."""
        return self.account.committed

    def register(self, state: ModuleState) -> None:
        """Make a module known, not resident. Raises ConfigError for a name used twice, ValueError for no chunks."""
        if state.name in self._modules:
            raise ConfigError(f"a module named '{state.name}' is already registered. Give each module its own name.")
        if not state.chunks or min(state.chunks) <= 0:
            raise ValueError(f"module '{state.name}' has chunks of {state.chunks} bytes: each must hold something")
        self._modules[state.name] = state._replace(nbytes=sum(state.chunks))

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """The names with everything they require, however far. Raises ConfigError for the first unknown one."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            state = self[waiting.pop()]
            found.add(state.name)
            waiting.extend(state.requires - found)
        return frozenset(found)

    def __getitem__(self, name: str) -> ModuleState:
        if name not in self._modules:
            raise ConfigError(f"unknown module '{name}'. Registered: {', '.join(self._modules) or 'none'}.")
        return self._modules[name]

    # -- chunks ------------------------------------------------------------------------------------------------------

    def reserve(self, pieces: Collection[Piece]) -> None:
        """Promise room to chunks that are neither in nor promised: all or none. Raises BudgetError if too little."""
        self._require_distinct(pieces)
        for module, chunk in pieces:
            state = self[module]
            self._require(module, chunk not in state.resident | state.reserved, f"chunk {chunk} is in or on its way")
        size = self.size(pieces)
        if size > self.account.room:
            raise BudgetError(f"{mib(size)} do not fit: {mib(self.account.room)} are free.")
        self.account.promise(size)
        for name, chunks in _grouped(pieces).items():
            self._update(name, reserved=self[name].reserved | chunks)

    def unreserve(self, pieces: Collection[Piece]) -> None:
        """Take promised room back."""
        self._require_reserved(pieces)
        self.account.promise(-self.size(pieces))
        for name, chunks in _grouped(pieces).items():
            self._update(name, reserved=self[name].reserved - chunks)

    def commit(self, pieces: Collection[Piece]) -> None:
        """Promised chunks are in: all of them become resident at once."""
        self._require_reserved(pieces)
        now = self._tick()
        self.account.fill(self.size(pieces))
        for name, chunks in _grouped(pieces).items():
            state = self[name]
            self._count(loads=0 if state.resident else 1, bytes_in=state.size(chunks))
            self._update(name, reserved=state.reserved - chunks, resident=state.resident | chunks, last_use=now)
        for mark in self._marks:
            mark.peak_committed = max(mark.peak_committed, self.account.committed)

    def evict(self, pieces: Collection[Piece]) -> None:
        """Chunks are out. Raises RuntimeError for one that may not go: leased, BACKBONE, or not in."""
        self._require_distinct(pieces)
        for name, chunk in pieces:
            self._require(name, self[name].evictable and chunk in self[name].resident, f"chunk {chunk} may not go")
        self._leave(pieces)

    def retire(self, name: str) -> None:
        """The module is out for good, BACKBONE or not. Raises RuntimeError if it is leased."""
        self._require(name, not self[name].leases, "it is leased")
        self._leave([Piece(name, chunk) for chunk in self[name].resident])

    # -- leases ------------------------------------------------------------------------------------------------------

    def lease(self, names: Collection[str], streaming: bool = False) -> None:
        """Count one more user of each. Raises RuntimeError if one is not whole; then none is counted.

        With `streaming`, chunks that are promised count as in: they are on their way.
        """
        for name in names:
            state = self[name]
            coming = len(state.resident) + len(state.reserved) == len(state.chunks)
            self._require(name, state.whole or (streaming and coming), "it is not wholly in")
        now = self._tick()  # one for all: a set has no order of its own
        for name in names:
            self._update(name, leases=self[name].leases + 1, last_use=now)

    def release(self, names: Collection[str]) -> None:
        """Count one user less of each. Raises RuntimeError if one has none; then none is changed."""
        for name in names:
            self._require(name, self[name].leases > 0, "it is not leased")
        now = self._tick()
        for name in names:
            self._update(name, leases=self[name].leases - 1, last_use=now)

    # -- looking -----------------------------------------------------------------------------------------------------

    def resident(self) -> tuple[str, ...]:
        """Names of the modules that are wholly in, in order of registration."""
        return tuple(state.name for state in self._modules.values() if state.whole)

    def pieces(self, name: str) -> tuple[Piece, ...]:
        """The chunks of a module that are in, in order."""
        return tuple(Piece(name, chunk) for chunk in sorted(self[name].resident))

    def size(self, pieces: Iterable[Piece]) -> int:
        """Bytes of some chunks."""
        return sum(self._modules[module].chunks[chunk] for module, chunk in pieces)

    def snapshot(self, outlook: Outlook = OFF_PLAN) -> Snapshot:
        """The present moment, frozen."""
        account = self.account
        work = account.lines.get(WORK, 0)
        return Snapshot(self.budget, account.room, tuple(self._modules.values()), outlook, work)

    def chunks(self) -> Mapping[str, tuple[int, ...]]:
        """Module -> bytes of each chunk."""
        return {name: state.chunks for name, state in self._modules.items()}

    def mark(self) -> Mark:
        """Remember this moment, to report from."""
        mark = Mark(self.counters, self.account.committed)
        self._marks.add(mark)
        return mark

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _leave(self, pieces: Collection[Piece]) -> None:
        self.account.leave(self.size(pieces))
        for name, chunks in _grouped(pieces).items():
            state = self[name]
            self._count(evictions=1, bytes_freed=state.size(chunks))
            self._update(name, resident=state.resident - chunks)

    def _require_distinct(self, pieces: Collection[Piece]) -> None:
        if len(set(pieces)) < len(pieces):
            twice = next(name for (name, _), count in Counter(pieces).items() if count > 1)
            self._require(twice, False, "one of its chunks is named twice")

    def _require_reserved(self, pieces: Collection[Piece]) -> None:
        self._require_distinct(pieces)
        for name, chunk in pieces:
            self._require(name, chunk in self[name].reserved, f"chunk {chunk} is not promised")

    def _require(self, name: str, holds: bool, complaint: str) -> None:
        if not holds:
            raise RuntimeError(f"module '{name}': {complaint}. The ledger was asked for a move that may not be")

    def _update(self, name: str, **changes: object) -> None:
        before = self._modules[name]
        after = before._replace(**changes)  # type: ignore[arg-type]
        if after.resident is not before.resident or after.evictable != before.evictable:
            self.idle_bytes += after.evictable * after.resident_bytes - before.evictable * before.resident_bytes
        self._modules[name] = after

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _count(self, loads: int = 0, evictions: int = 0, bytes_in: int = 0, bytes_freed: int = 0) -> None:
        now = self.counters
        self.counters = Counters(
            now.loads + loads, now.evictions + evictions, now.bytes_in + bytes_in, now.bytes_freed + bytes_freed
        )


def _grouped(pieces: Iterable[Piece]) -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for module, chunk in pieces:
        groups.setdefault(module, set()).add(chunk)
    return {module: frozenset(chunks) for module, chunks in groups.items()}
