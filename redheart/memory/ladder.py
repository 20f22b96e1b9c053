"""What is tried, one rung after another, when the machine refuses memory that the ledger had promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from redheart.blocking import run_blocking
from redheart.errors import OutOfMemoryError
from redheart.memory.budgets import mib
from redheart.memory.journal import Decision
from redheart.memory.leases import Lease
from redheart.memory.moves import Mover
from redheart.memory.states import Piece, Snapshot
from redheart.types.residency import SwapPriority

EXPENDABLE = (SwapPriority.AUXILIARY, SwapPriority.TEMPORARY)


class Relief(Protocol):
    """What the ladder may ask of the manager."""

    mover: Mover

    async def drop_prefetched(self, needed: frozenset[str]) -> int:
        """Take back what was brought ahead of time; bytes."""
        ...

    def by_plan(self, needed: frozenset[str], nbytes: int) -> Sequence[Piece]:
        """Idle chunks that the policy gives up first, `nbytes` of them if there are so many."""
        ...

    def halve(self, lease: Lease) -> bool:
        """Let a hold compute half as many items at once; False if it is one already."""
        ...

    def view(self) -> Snapshot:
        """The ledger now."""
        ...


class Gain(NamedTuple):
    """What a rung changed, in words; the bytes that it freed."""

    words: str
    nbytes: int = 0


class Ladder:
    """For one hold. Each rung is tried once; whoever calls `climb` holds the mover's lock.

    (1) release the prefetch, (2) release cached blocks, (3) evict idle chunks by plan, (4) evict idle AUXILIARY and
    TEMPORARY modules, (5) halve the work, (6) raise OutOfMemoryError.
    """

    def __init__(self, relief: Relief, lease: Lease, wanted: int) -> None:
        self._relief, self._lease, self._wanted = relief, lease, wanted
        self._needed = lease.names
        self._next = 0
        self._tried: list[str] = []
        self._rungs = (
            ("release the prefetch", self._release_prefetch),
            ("release cached blocks", self._release_cached),
            ("evict idle chunks by plan", self._evict_by_plan),
            ("evict idle AUXILIARY and TEMPORARY modules", self._evict_expendable),
            ("halve the work", self._halve_work),
        )

    async def climb(self) -> bool:
        """Take the next rung that changes anything. False when there is none left."""
        while self._next < len(self._rungs):
            name, rung = self._rungs[self._next]
            self._next += 1
            gain = await rung()
            self._tried.append(name)
            told = f"{name}: {gain.words}" if gain else f"{name}: nothing to gain"
            self._relief.mover.journal.write(Decision("rung", "", told, nbytes=gain.nbytes if gain else 0))
            if gain:
                return True
        return False

    def exhausted(self, error: BaseException) -> OutOfMemoryError:
        """The typed error for when `climb` has returned False."""
        names = ", ".join(f"'{name}'" for name in sorted(self._needed)) or "nothing"
        tried = "; ".join(self._tried)
        found = OutOfMemoryError(
            f"out of memory while {names} was used ({error}). Tried: {tried}. Close what else uses this memory, lower "
            f"the batch size, or choose a smaller model."
        )
        for note in getattr(error, "__notes__", ()):
            found.add_note(note)
        found.__cause__ = error
        return found

    async def _release_prefetch(self) -> Gain | None:
        return _freed(await self._relief.drop_prefetched(self._needed))

    async def _release_cached(self) -> Gain | None:
        return _freed(await run_blocking(self._relief.mover.transfer.release_cached))

    async def _evict_by_plan(self) -> Gain | None:
        return await self._evict(self._relief.by_plan(self._needed, self._wanted), "memory ran out: first by plan")

    async def _evict_expendable(self) -> Gain | None:
        spare = self._relief.view().spare(self._needed)
        return await self._evict(
            [
                Piece(module.name, chunk)
                for module in spare
                if module.priority in EXPENDABLE
                for chunk in sorted(module.resident)
            ],
            "memory ran out: AUXILIARY and TEMPORARY go",
        )

    async def _evict(self, pieces: Iterable[Piece], reason: str) -> Gain | None:
        chosen = tuple(pieces)
        nbytes = self._relief.mover.ledger.size(chosen)
        await self._relief.mover.evict(chosen, dict.fromkeys({piece.module for piece in chosen}, reason))
        return _freed(nbytes)

    async def _halve_work(self) -> Gain | None:
        """Frees no byte by itself: less will be asked for."""
        return Gain(f"{self._lease.items} items at once") if self._relief.halve(self._lease) else None


def _freed(nbytes: int) -> Gain | None:
    return Gain(mib(nbytes), nbytes) if nbytes else None
