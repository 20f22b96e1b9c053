"""The protocols through which modules, phases and the memory manager meet."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from enum import IntEnum, StrEnum
from typing import Protocol, runtime_checkable

from redheart.types.base import Frozen


class SwapPriority(IntEnum):
    """How long a module stays under pressure: higher is kept longer. Not the urgency of a request (TaskPriority)."""

    TEMPORARY = 1
    AUXILIARY = 2
    SECONDARY = 3
    PRIMARY = 4
    BACKBONE = 5


class Tier(StrEnum):
    """Where weights can lie."""

    DEVICE = "device"
    HOST = "host"
    DISK = "disk"


@runtime_checkable
class Swappable(Protocol):
    """A module whose weights can leave fast memory and come back bit for bit.

    `nbytes` is what it occupies when loaded. `load` and `unload` block; the manager calls them off the event loop.
    """

    name: str
    priority: SwapPriority
    nbytes: int

    def load(self) -> None:
        """Bring the weights from disk into the working tier. Raises CheckpointError."""
        ...

    def unload(self) -> None:
        """Drop the weights; nothing is written, the file on disk is the master copy."""
        ...


class Residency(Protocol):
    """Who may use which modules, now."""

    def hold(self, *names: str) -> AbstractAsyncContextManager[None]:
        """While inside, the named modules are resident and leased. Raises BudgetError if they cannot be."""
        ...


class TierReport(Frozen):
    """One tier of the ledger. Bytes."""

    tier: Tier
    budget: int
    reserved: int
    committed: int
    measured: int | None = None


class MemoryReport(Frozen):
    """What memory did during a request."""

    mode: str
    policy: str
    device: str
    tiers: tuple[TierReport, ...]
    resident: tuple[str, ...]
    loads: int
    evictions: int
    bytes_in: int
    bytes_freed: int
    peak_committed: int
    rss: int
    samples: tuple[dict[str, float | str], ...] = ()
