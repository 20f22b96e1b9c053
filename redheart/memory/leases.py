"""One open hold: what it leases, what working memory it was given, and the holds around it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from redheart.errors import OutOfMemoryError
from redheart.types.residency import Work


class Rungs(Protocol):
    """What is tried, one after another, when the machine refuses memory."""

    async def climb(self) -> bool:
        """Take the next one that changes anything. False when there is none left."""
        ...

    def exhausted(self, error: BaseException) -> OutOfMemoryError:
        """The typed error for then."""
        ...


@dataclass(eq=False)
class Lease:
    """A `Grant`: `items` may be computed at once. `owner` tells the holds of two managers apart."""

    owner: object
    names: frozenset[str]
    work: Work
    on_relieve: Callable[[Lease, BaseException], Awaitable[None]]
    stream: asyncio.Task[None] | None = None
    relief: Rungs | None = None  # for memory refused while it computed
    active: bool = True

    @property
    def items(self) -> int:
        """How many items may be computed at once."""
        return self.work.items

    async def relieve(self, error: BaseException) -> None:
        """Computing ran out of memory: climb one rung. Raises OutOfMemoryError when every rung has been tried."""
        await self.on_relieve(self, error)


#: The holds around the running code, outermost first; tasks started inside a hold inherit them.
around: ContextVar[tuple[Lease, ...]] = ContextVar("redheart_holds", default=())


def own_work(owner: object) -> int:
    """Bytes of working memory that the holds around the running code have been given."""
    return sum(lease.work.nbytes for lease in around.get() if lease.active and lease.owner is owner)


def own_leases(owner: object) -> Counter[str]:
    """How often each module is leased by the holds around the running code."""
    return Counter(name for lease in around.get() if lease.active and lease.owner is owner for name in lease.names)
