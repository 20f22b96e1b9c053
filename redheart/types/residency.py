"""The protocols through which modules, phases and the memory manager meet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol, runtime_checkable

from pydantic import Field

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
    PINNED = "host_pinned"
    HOST = "host"
    DISK = "disk"


@runtime_checkable
class Swappable(Protocol):
    """A module whose weights leave the working tier chunk by chunk and come back bit for bit.

    `chunk_bytes` is what each chunk occupies there, `work_bytes` what the module needs beside its weights while it is
    used (activations, caches).
    All methods block; the manager calls them off the event loop, one at a time for all modules.
    """

    name: str
    priority: SwapPriority
    work_bytes: int

    @property
    def chunk_bytes(self) -> tuple[int, ...]:
        """Bytes of each chunk; the same for the module's whole life."""
        ...

    @property
    def separable(self) -> bool:
        """True if a chunk can be loaded without reading the others."""
        ...

    def allocate(self, chunks: Sequence[int]) -> None:
        """Take memory for these chunks: all or none. Raises OutOfMemoryError."""
        ...

    def load(self, chunks: Sequence[int]) -> None:
        """Fill allocated chunks. Raises CheckpointError; then they are still allocated and hold nothing."""
        ...

    def unload(self, chunks: Sequence[int]) -> None:
        """Give back the memory of these chunks, filled or only allocated; harmless for others. Copies nothing clean."""
        ...

    def retire(self) -> None:
        """Give everything back for good: no copy is kept for a later load."""
        ...


@runtime_checkable
class Streamable(Protocol):
    """A Swappable that may begin to compute while its last chunks are on their way."""

    def expect(self, chunks: Sequence[int]) -> None:
        """From now on whoever needs one of these chunks waits until `load` has filled it."""
        ...

    def fail(self, error: BaseException) -> None:
        """Those chunks will not come: whoever waits for one gets this error."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """Working memory that a holder wants: `fixed` bytes, and `each` for every one of `items` done at once (>= 1)."""

    fixed: int = 0
    each: int = 0
    items: int = 1

    def __post_init__(self) -> None:
        if self.items < 1 or self.fixed < 0 or self.each < 0:
            raise ValueError(f"working memory of {self.fixed} + {self.items} x {self.each} bytes is none")

    @property
    def nbytes(self) -> int:
        """All of it."""
        return self.fixed + self.each * self.items

    def halved(self) -> Work:
        """Half as many items, at least one."""
        return Work(self.fixed, self.each, max(1, self.items // 2))


class Grant(Protocol):
    """What a hold has given: how many items may be computed at once."""

    @property
    def items(self) -> int:
        """How many items may be computed at once."""
        ...

    async def relieve(self, error: BaseException) -> None:
        """Computing ran out of memory: climb one rung. Returns if trying again may help (`items` may be less).

        Raises OutOfMemoryError, from `error`, when every rung has been tried.
        """
        ...


class Residency(Protocol):
    """Who may use which modules, now."""

    def hold(self, *names: str, work: Work | None = None, stream: bool = False) -> AbstractAsyncContextManager[Grant]:
        """While inside, the named modules are resident and leased. Raises BudgetError if they cannot be.

        `work` is reserved beside them, halved where there is too little room. With `stream`, computing may begin while
        the last chunks are on their way.
        """
        ...


class TierReport(Frozen):
    """One tier of the ledger. Bytes; `lines` are what is set aside for others than weights, by name."""

    tier: Tier
    budget: int
    reserved: int
    committed: int
    lines: dict[str, int] = Field(default_factory=dict)
    measured: int | None = None


class MemoryReport(Frozen):
    """What memory did during a request. Bytes.

    `rss_before_load` is the process's resident memory just before its first weights came, `rss_peak` the most that was
    sampled since; both None while nothing samples.
    """

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
    rss_before_load: int | None = None
    rss_peak: int | None = None
    samples: tuple[dict[str, float | str], ...] = ()
