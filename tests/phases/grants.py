"""Residencies that grant less than was asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from redheart.errors import OutOfMemoryError
from redheart.types.residency import Work


@dataclass
class FakeGrant:
    """Halves at each relief; refuses when one item alone was too much."""

    items: int
    relieved: list[BaseException] = field(default_factory=list)

    async def relieve(self, error: BaseException) -> None:
        if self.items == 1:
            raise OutOfMemoryError("every rung was tried") from error
        self.relieved.append(error)
        self.items //= 2


class FakeResidency:
    """Writes down what is held with which working memory; grants at most `items` at once."""

    def __init__(self, items: int = 64) -> None:
        self.held: list[tuple[tuple[str, ...], Work | None, bool]] = []
        self.grants: list[FakeGrant] = []
        self._items = items

    @asynccontextmanager
    async def hold(self, *names: str, work: Work | None = None, stream: bool = False) -> AsyncIterator[FakeGrant]:
        self.held.append((names, work, stream))
        self.grants.append(FakeGrant(min(self._items, work.items if work else 1)))
        yield self.grants[-1]
