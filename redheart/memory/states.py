"""What the ledger knows, frozen: chunks, modules, the working tier at one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from redheart.memory.plan import Outlook
from redheart.types.residency import SwapPriority

NONE: frozenset[int] = frozenset()
OFF_PLAN = Outlook()


class Piece(NamedTuple):
    """One chunk of one module."""

    module: str
    chunk: int


class ModuleState(NamedTuple):
    """One module as the ledger sees it. `last_use` is a logical clock: higher is more recent, 0 is never."""

    name: str
    priority: SwapPriority
    chunks: tuple[int, ...]
    requires: frozenset[str] = frozenset()
    work_bytes: int = 0
    nbytes: int = 0
    resident: frozenset[int] = NONE
    reserved: frozenset[int] = NONE
    leases: int = 0
    last_use: int = 0

    @property
    def whole(self) -> bool:
        """Every chunk is in."""
        return len(self.resident) == len(self.chunks)

    @property
    def evictable(self) -> bool:
        """Has chunks in, leased by nobody, no BACKBONE."""
        return bool(self.resident) and self.leases == 0 and self.priority is not SwapPriority.BACKBONE

    @property
    def absent(self) -> tuple[int, ...]:
        """Chunks that are not in, in order."""
        return tuple(i for i in range(len(self.chunks)) if i not in self.resident)

    def size(self, chunks: Iterable[int]) -> int:
        """Bytes of some chunks."""
        return sum(self.chunks[i] for i in chunks)

    @property
    def resident_bytes(self) -> int:
        """Bytes that are in."""
        return self.nbytes if self.whole else self.size(self.resident)

    @property
    def absent_bytes(self) -> int:
        """Bytes that are not in."""
        return self.nbytes - self.resident_bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger's working tier at one moment. Bytes; `modules` in order of registration."""

    budget: int
    room: int
    modules: tuple[ModuleState, ...]
    outlook: Outlook = OFF_PLAN
    work: int = 0  # set aside for open holds

    def missing(self, needed: Collection[str]) -> tuple[ModuleState, ...]:
        """Needed modules that are not wholly in."""
        return tuple(module for module in self.modules if module.name in needed and not module.whole)

    def spare(self, needed: Collection[str]) -> tuple[ModuleState, ...]:
        """Evictable modules that are not needed."""
        backbone = SwapPriority.BACKBONE  # `evictable`, spelt out: this runs over every module at every decision
        return tuple(
            module
            for module in self.modules
            if module.resident and not module.leases and module.priority is not backbone and module.name not in needed
        )

    def shortage(self, needed: Collection[str], work_bytes: int = 0) -> int:
        """Bytes that must be freed before what is missing fits beside `work_bytes`; 0 if it fits now."""
        return max(0, sum(module.absent_bytes for module in self.missing(needed)) + work_bytes - self.room)

    def bytes_of(self, pieces: Iterable[Piece]) -> int:
        """Bytes of some chunks."""
        sizes = {module.name: module.chunks for module in self.modules}
        return sum(sizes[module][chunk] for module, chunk in pieces)
