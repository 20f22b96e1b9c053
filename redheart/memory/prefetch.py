"""Brings what the next step needs while the present one computes, into room that it gives up when asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from redheart.memory.journal import Decision
from redheart.memory.ledger import Ledger
from redheart.memory.moves import Mover, grouped
from redheart.memory.plan import Outlook, ResidencyPlan
from redheart.memory.states import ModuleState, Piece
from redheart.types.residency import SwapPriority

_log = logging.getLogger(__name__)


class Prefetch:
    """At most one at a time. Its promise is revocable: a demand takes back all that has not come yet."""

    def __init__(self, mover: Mover) -> None:
        self._mover = mover
        self._ledger: Ledger = mover.ledger
        self._promised: list[Piece] = []
        self._brought: list[Piece] = []
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()  # cancelled, and not ended yet

    def start(self, plan: ResidencyPlan, position: int) -> None:
        """Begin to bring what the step after `position` needs; nothing if that is in, or one is under way."""
        if self._task is not None and not self._task.done():
            return
        if all(self._ledger[name].whole for name in plan.cycle.needed(_after(plan, position))):
            return
        self._brought = []
        self._task = asyncio.create_task(self._run(plan, position), name="prefetch")

    def revoke(self) -> int:
        """Take back the promise for what has not come; the bytes of it. Whoever calls holds the mover's lock."""
        nbytes = self._take_back("a demand came first")
        if self._task is not None:
            self._task.cancel()
            self._ending.add(self._task)
            self._task.add_done_callback(self._ending.discard)
            self._task = None
        return nbytes

    def idle_brought(self, needed: frozenset[str]) -> tuple[Piece, ...]:
        """What came ahead of time and is neither leased nor in `needed`."""
        return tuple(
            piece
            for piece in self._brought
            if piece.module not in needed
            and self._ledger[piece.module].evictable
            and piece.chunk in self._ledger[piece.module].resident
        )

    async def stop(self) -> None:
        """Revoke, and return when nothing of it runs any more."""
        async with self._mover.lock:
            self.revoke()
        if self._ending:
            await asyncio.wait(tuple(self._ending))

    async def _run(self, plan: ResidencyPlan, position: int) -> None:
        try:
            async with self._mover.lock:
                await self._promise(plan, position)
            while self._promised:
                async with self._mover.lock:
                    await self._bring_next()
        except asyncio.CancelledError:
            self._take_back("the prefetch was cancelled")
            raise
        except Exception as error:  # a prefetch is a guess: whoever needs the module meets the error himself
            _log.info("the prefetch was given up: %s", error)
            self._mover.journal.write(Decision("prefetch", "", f"given up: {error}"))
            self._take_back("the prefetch was given up")

    def _take_back(self, reason: str) -> int:
        left, self._promised = self._promised, []
        self._ledger.unreserve(left)
        for name, chunks in grouped(left).items():
            nbytes = self._ledger[name].size(chunks)
            self._mover.journal.write(Decision("revoke", name, reason, nbytes, chunks))
        return self._ledger.size(left)

    async def _promise(self, plan: ResidencyPlan, position: int) -> None:
        """Evict what neither this step nor the next keeps, as far as that makes room; reserve what fits."""
        now, then = plan.outlook(position), plan.outlook(_after(plan, position))
        wanted = self._wanted(plan, position)
        short = self._ledger.size(wanted) - self._ledger.account.room
        if short > 0:
            dead = _dead(self._ledger.snapshot().modules, now, then, short)
            reason = f"neither '{now.step}' nor '{then.step}' keeps it: room to prefetch"
            await self._mover.evict(dead, dict.fromkeys(grouped(dead), reason))
        fitting = self._fitting(wanted)
        self._ledger.reserve(fitting)
        self._promised = fitting

    def _wanted(self, plan: ResidencyPlan, position: int) -> list[Piece]:
        modules = plan.cycle.needed(_after(plan, position))
        return [Piece(name, chunk) for name in sorted(modules) for chunk in self._ledger[name].absent]

    def _fitting(self, wanted: Sequence[Piece]) -> list[Piece]:
        """As many as there is room for, in order; of a module that is read only as a whole, all or none."""
        room, chosen = self._ledger.account.room, []
        for name, chunks in grouped(wanted).items():
            sizes = self._ledger[name].chunks
            if not self._mover.modules[name].separable and self._ledger[name].size(chunks) > room:
                continue
            for chunk in chunks:
                if sizes[chunk] > room:
                    break
                room -= sizes[chunk]
                chosen.append(Piece(name, chunk))
        return chosen

    async def _bring_next(self) -> None:
        """One chunk, or one whole module where chunks cannot be read by themselves."""
        if not self._promised:
            return
        name = self._promised[0].module
        whole = not self._mover.modules[name].separable
        bite = [piece for piece in self._promised if piece.module == name][: None if whole else 1]
        self._promised = [piece for piece in self._promised if piece not in bite]
        self._ledger.unreserve(bite)  # `bring` reserves again, at once and under the same lock
        await self._mover.bring(bite, "prefetched for the next step")
        self._brought += bite


def _after(plan: ResidencyPlan, position: int) -> int:
    """The next position that needs any module."""
    following = range(position + 1, position + 1 + len(plan.keep))
    return next((after for after in following if plan.cycle.steps[after % len(plan.cycle.steps)].modules), position)


def _dead(modules: Sequence[ModuleState], now: Outlook, then: Outlook, nbytes: int) -> list[Piece]:
    """Idle chunks that neither step keeps, late ones first, until `nbytes` are found."""
    found: list[Piece] = []
    for module in modules:
        if not module.evictable or module.priority is SwapPriority.BACKBONE:
            continue
        kept = now.keep.get(module.name, frozenset()) | then.keep.get(module.name, frozenset())
        for chunk in sorted(module.resident - kept, reverse=True):
            if nbytes <= 0:
                return found
            found.append(Piece(module.name, chunk))
            nbytes -= module.chunks[chunk]
    return found
