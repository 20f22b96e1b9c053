"""Lets holds in: waits, moves what must move, leases, and takes leases back. What may come in, admission.py decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from redheart.blocking import run_blocking, settled, until_done
from redheart.errors import BudgetError, OutOfMemoryError
from redheart.memory.admission import Move, Request, decide, refuse_what_never_fits
from redheart.memory.budgets import Budgets
from redheart.memory.external import Externals
from redheart.memory.journal import Decision, Journal
from redheart.memory.ladder import Ladder
from redheart.memory.leases import Lease
from redheart.memory.ledger import LOST, WORK, Ledger
from redheart.memory.moves import Mover
from redheart.memory.policies import Policy
from redheart.memory.prefetch import Prefetch
from redheart.memory.pressure import Pressure
from redheart.memory.reasons import eviction_reasons, listed
from redheart.memory.route import Route
from redheart.memory.states import Piece, Snapshot
from redheart.types.residency import Work


@dataclass(frozen=True, slots=True)
class Desk:
    """What an admitter works with; the manager owns all of it."""

    budgets: Budgets
    ledger: Ledger
    mover: Mover
    route: Route
    prefetch: Prefetch
    pressure: Pressure
    externals: Externals
    journal: Journal
    policy: Callable[[bool], Policy]  # told whether there is too little room


class Admitter:
    """Holds are served first come, first served; one inside another goes before the queue. A `Relief` for ladders."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.ledger, self.mover, self.budgets = desk, desk.ledger, desk.mover, desk.budgets
        self.closed = False
        self.changed = asyncio.Event()  # set and replaced whenever something may have become possible
        self._turn = asyncio.Lock()
        self._leases: list[Lease] = []
        self._stream: asyncio.Task[None] | None = None
        self._coming: frozenset[Piece] = frozenset()  # what the stream is bringing
        self._nested = 0  # holds inside holds that ask or wait: nobody from outside goes before them

    async def admit(self, request: Request, leased: bool = True) -> Lease:
        """Return when the request is in. Without `leased` its modules are brought, and nobody counts as their user."""
        if leased and (lease := self._at_once(request)) is not None:
            return lease
        try:
            refuse_what_never_fits(request, self.ledger, self.budgets)
            if request.own:
                return await self._admit_nested(request, leased)
            async with self._turn:  # asyncio's lock is first come, first served
                return await self._admit(request, leased)
        except BudgetError as error:
            self._write("refuse", request.needed, str(error))
            raise

    def _at_once(self, request: Request) -> Lease | None:
        """A lease where everything is in, nothing moves and nobody waits: then no lock is needed."""
        waited_for = not request.own and (self._turn.locked() or self._nested > 0)
        if self.closed or waited_for or self.mover.lock.locked() or self.desk.externals.holdings():
            return None
        if not self.desk.route.is_planned or not all(self.ledger[name].whole for name in request.needed):
            return None
        if request.work.nbytes > self.ledger.account.room or self._kept_too_much(request.work):
            return None
        self._reach(request.needed)
        lease = Lease(self, request.needed, request.work, self._relieve)
        self._lease(lease)
        self.prefetch_next()
        return lease

    def _reach(self, needed: frozenset[str]) -> None:
        self.desk.route.reach(needed)
        self.desk.journal.step = self.desk.route.step

    async def _admit_nested(self, request: Request, leased: bool) -> Lease:
        self._nested += 1
        try:
            return await self._admit(request, leased)
        finally:
            self._nested -= 1
            self.announce()

    async def _admit(self, request: Request, leased: bool) -> Lease:
        """(1) what it needs is on its way already: join. (2) fits after evicting: move, lease. (3) else wait, again."""
        while True:
            changed = self.changed
            if leased and (lease := self._joined(request)) is not None:  # (1)
                return lease
            await self.mover.lock.acquire()
            try:
                waits = self._nested > 0 and not request.own
                move = None if waits else await self._decided(request)
                if move is not None:  # (2)
                    return await self._carried_out(request, move, leased)
            finally:
                if self._stream is None or self._stream.done():
                    self.mover.lock.release()
            self._write("wait", request.needed, "others' leases leave too little room")
            await changed.wait()  # (3)

    def _joined(self, request: Request) -> Lease | None:
        """A lease of modules whose last chunks a stream is bringing, where the work fits beside them as it is."""
        if self.closed or not request.stream or self._stream is None or self._stream.done():
            return None
        states = [self.ledger[name] for name in request.needed]
        coming = all(Piece(state.name, chunk) in self._coming for state in states for chunk in state.absent)
        if not coming or request.work.nbytes > self.ledger.account.room or self._kept_too_much(request.work):
            return None
        waits_for = None if all(state.whole for state in states) else self._stream
        lease = Lease(self, request.needed, request.work, self._relieve, stream=waits_for)
        self._lease(lease, streaming=True)
        return lease

    async def _decided(self, request: Request) -> Move | None:
        self.refuse_if_closed()
        self.desk.externals.refresh()
        refuse_what_never_fits(request, self.ledger, self.budgets)
        await self.desk.route.make_plan()
        self._reach(request.needed)
        snapshot = self.view()
        if snapshot.missing(request.needed) or snapshot.shortage(request.needed, request.work.nbytes):
            self.desk.prefetch.revoke()
        snapshot = self.view()
        short = snapshot.shortage(request.needed, request.work.nbytes) > 0
        move = decide(request, snapshot, self.desk.policy(short), self.budgets)
        if move is not None and move.work.items < request.work.items:
            self._write(
                "halve",
                request.needed,
                f"{move.work.items} of {request.work.items} items at once fit beside the weights",
            )
        return move

    async def _carried_out(self, request: Request, move: Move, leased: bool) -> Lease:
        """Evict, bring, lease. A failed load brings the former residents back before it is raised."""
        lease = Lease(self, request.needed, move.work, self._relieve)
        before = self._residents()
        streams = request.stream and bool(move.pieces) and self.mover.can_stream(move.pieces)
        await self._move(lease, move, streams, before)
        # Counted only after every move succeeded: a failed move must leak no lease.
        if leased:
            self._lease(lease, streams)
        if streams:
            self._stream = lease.stream = self._streaming(move.pieces, lease.names, before)
        else:
            self.prefetch_next()
        return lease

    async def _move(self, lease: Lease, move: Move, streams: bool, before: Collection[Piece]) -> None:
        ladder = Ladder(self, lease, self.ledger.size(move.pieces))
        leaving = {piece.module for piece in move.victims}
        try:
            await self.mover.evict(move.victims, eviction_reasons(self.view(), leaving, lease.names))
            await self._trim(move)
            if streams:
                await self.mover.prepare(move.pieces, ladder.climb)
                self.mover.expect(move.pieces)
            else:
                await self.mover.bring(move.pieces, f"needed: {listed(lease.names)}", ladder.climb)
        except Exception as error:  # a cancelled caller has no use for the former residents: they stay behind the tier
            await self.mover.bring_back(self._gone(before), error)
            if isinstance(error, OutOfMemoryError):
                raise ladder.exhausted(error) from error
            raise

    async def _trim(self, move: Move) -> None:
        """What the tier keeps for later blocks must not take the room of working memory."""
        if move.pieces or self._kept_too_much(move.work):
            await run_blocking(self.mover.transfer.trim, self._bound(move.work))

    def _kept_too_much(self, work: Work) -> bool:
        measured = self.mover.transfer.measured()
        return measured is not None and measured > self._bound(work)

    def _bound(self, work: Work) -> int:
        """Bytes that blocks, and what is kept for later ones, may fill beside all lines and this work."""
        account, computes = self.ledger.account, self.mover.transfer.measures_work
        aside = sum(
            nbytes
            for name, nbytes in account.lines.items()
            if not name.startswith(LOST) and not (computes and name == WORK)  # what is measured holds these already
        )
        return account.budget - aside - (0 if computes else work.nbytes)

    def _streaming(
        self, pieces: Sequence[Piece], names: frozenset[str], before: Collection[Piece]
    ) -> asyncio.Task[None]:
        begun = False

        async def streamed() -> None:
            nonlocal begun
            begun = True
            try:
                await self.mover.stream(pieces, f"streamed to {listed(names)}")
            except Exception as error:
                self._coming = frozenset()
                await self.mover.bring_back(self._gone(before), error)
                raise
            finally:
                self._stream_ended()
            self.prefetch_next()

        def ended(task: asyncio.Task[None]) -> None:
            if not begun:  # cancelled before its first turn
                self.mover.give_up(pieces)
                self._stream_ended()
            elif not task.cancelled():
                task.exception()  # looked at, though nobody may wait

        self._coming = frozenset(pieces)
        task = asyncio.create_task(streamed(), name="stream")
        task.add_done_callback(ended)
        return task

    def _stream_ended(self) -> None:
        self._coming = frozenset()
        self.mover.lock.release()  # taken by `_admit`, and handed over to the stream
        self.announce()

    # -- leases ------------------------------------------------------------------------------------------------------

    def _lease(self, lease: Lease, streaming: bool = False) -> None:
        self.ledger.lease(lease.names, streaming)
        self._leases.append(lease)
        self._set_work()

    async def give_back(self, lease: Lease) -> None:
        """The hold is over: one user less, its working memory is free."""
        try:
            if lease.stream is not None:
                await settled(lease.stream)
        finally:
            self.ledger.release(lease.names)
            self._leases.remove(lease)
            self._set_work()
            self.announce()
            if not self.budgets.keep_warm:  # a cancelled holder tidies up too
                await until_done(asyncio.ensure_future(self._evict_idle(lease.names)))

    async def _evict_idle(self, names: Iterable[str]) -> None:
        async with self.mover.lock:
            await self._evict_those(names)

    async def _evict_those(self, names: Iterable[str]) -> None:
        idle = [name for name in sorted(names) if self.ledger[name].evictable]
        pieces = [piece for name in idle for piece in self.ledger.pieces(name)]
        await self.mover.evict(pieces, dict.fromkeys(idle, "this memory mode keeps nothing warm"))

    async def _relieve(self, lease: Lease, error: BaseException) -> None:
        async with self.mover.lock:
            if lease.relief is None:
                weights = sum(self.ledger[name].nbytes for name in lease.names)
                lease.relief = Ladder(self, lease, lease.work.nbytes or weights)
            if not await lease.relief.climb():
                raise lease.relief.exhausted(error)

    def _set_work(self) -> None:
        self.ledger.account.set_line(WORK, sum(lease.work.nbytes for lease in self._leases))
        self.desk.pressure.look()

    # -- what the ladder asks for ------------------------------------------------------------------------------------

    def view(self) -> Snapshot:
        """The ledger now, with what the plan says."""
        return self.ledger.snapshot(self.desk.route.outlook())

    def by_plan(self, needed: frozenset[str], nbytes: int) -> Sequence[Piece]:
        """Idle chunks that the policy gives up first."""
        try:
            return self.desk.policy(True).victims(self.view(), needed, nbytes)
        except BudgetError:  # a policy that evicts nothing
            return ()

    async def drop_prefetched(self, needed: frozenset[str]) -> int:
        """Take back what was promised or brought ahead of time; bytes."""
        promised = self.desk.prefetch.revoke()
        brought = self.desk.prefetch.idle_brought(needed)
        await self.mover.evict(brought, {piece.module: "memory ran out: it came ahead of time" for piece in brought})
        return promised + self.ledger.size(brought)

    def halve(self, lease: Lease) -> bool:
        """Let a hold compute half as many items at once; False if it is one already."""
        if lease.work.items == 1:
            return False
        lease.work = lease.work.halved()
        self._set_work()
        return True

    def refuse_if_closed(self) -> None:
        """Raises RuntimeError after `close`."""
        if self.closed:
            raise RuntimeError("the memory manager is closed")

    # -- helpers -----------------------------------------------------------------------------------------------------

    def prefetch_next(self) -> None:
        """Begin to bring what the next step needs, where the mode and the pressure allow it."""
        plan = None if self.closed else self.desk.route.plan
        if plan is not None and self.budgets.prefetch and self.budgets.keep_warm and not self.desk.pressure.high:
            self.desk.prefetch.start(plan, self.desk.route.position)

    def _residents(self) -> tuple[Piece, ...]:
        return tuple(
            Piece(module.name, chunk) for module in self.ledger.snapshot().modules for chunk in sorted(module.resident)
        )

    def _gone(self, before: Iterable[Piece]) -> list[Piece]:
        return [piece for piece in before if piece.chunk not in self.ledger[piece.module].resident]

    def announce(self) -> None:
        """Let whoever waits look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def _write(self, kind: Literal["wait", "halve", "refuse"], names: frozenset[str], reason: str) -> None:
        for name in sorted(names):
            self.desk.journal.write(Decision(kind, name, reason, room_after=self.ledger.account.room))
