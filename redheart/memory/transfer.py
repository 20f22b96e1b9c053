"""The protocol of whoever takes memory of one tier and moves weights into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from redheart.types.residency import Tier


class Block(Protocol):
    """A piece of a tier's memory; `tensor` is its bytes as torch sees them, (nbytes,) uint8."""

    nbytes: int
    tensor: Any


@dataclass(frozen=True, slots=True)
class Fill:
    """One chunk to bring: `read` writes its `nbytes` bytes into host memory that it is given."""

    module: str
    chunk: int
    block: Block
    read: Callable[[memoryview], None]


class Transfer(Protocol):
    """Takes, fills, gives back memory of one tier. Blocking; called off the event loop, one call at a time."""

    tier: Tier

    @property
    def measures_work(self) -> bool:
        """True if `measured` counts what computing takes, too."""
        ...

    def block_bytes(self, nbytes: int) -> int:
        """What a block of `nbytes` really occupies."""
        ...

    def allocate(self, nbytes: int) -> Block:
        """A block of exactly `nbytes`. Raises OutOfMemoryError."""
        ...

    def fill(self, fills: Sequence[Fill]) -> None:
        """Bring chunks; when this returns, what computes next on the tier reads them. Raises what `read` raises."""
        ...

    def free(self, block: Block) -> None:
        """Give a block back. What lies in it is lost; nobody may look at it any more."""
        ...

    def forget(self, module: str) -> None:
        """Drop every copy of a module's chunks that is kept behind the tier: the module is gone for good."""
        ...

    def release_cached(self) -> int:
        """Give back what is kept for later allocations; bytes."""
        ...

    def trim(self, nbytes: int) -> None:
        """Give back of it what, with the blocks in use, exceeds `nbytes`; also what computing left behind unused."""
        ...

    def measured(self) -> int | None:
        """Bytes that this process holds on the tier, by whoever really knows; None where nobody does."""
        ...

    def expected_s(self, nbytes: int) -> float | None:
        """Seconds that bringing so many bytes should take, by what earlier ones took; None before the first."""
        ...
