"""Carries chunks in and out so that the ledger stays true whatever fails. Who must move is decided elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from redheart.blocking import run_blocking
from redheart.errors import OutOfMemoryError
from redheart.events import MODULE_EVICTED, MODULE_LOADED, Event, EventBus
from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import LOST, Ledger
from redheart.memory.states import Piece
from redheart.memory.transfer import Transfer
from redheart.memory.turns import in_short_turns
from redheart.types.residency import Streamable, Swappable

Groups = dict[str, tuple[int, ...]]

#: Makes room when the machine refuses memory; False when there is nothing left to try.
Climb = Callable[[], Awaitable[bool]]


class Mover:
    """One transfer at a time: whoever calls a method holds `lock`. After each call ledger and modules agree."""

    def __init__(
        self,
        ledger: Ledger,
        transfer: Transfer,
        events: EventBus,
        journal: Journal,
        on_first_load: Callable[[], None] = lambda: None,
    ) -> None:
        self.ledger, self.transfer, self.journal = ledger, transfer, journal
        self.lock = asyncio.Lock()
        self.modules: dict[str, Swappable] = {}
        self._events = events
        self._on_first_load = on_first_load
        self._begun = False

    # -- out ---------------------------------------------------------------------------------------------------------

    async def evict(self, pieces: Iterable[Piece], reasons: Mapping[str, str]) -> None:
        """Unload chunks. A module whose unload fails counts as out, its bytes as lost: then raises what it raised."""
        await self._out(grouped(pieces), reasons, self.ledger.evict)

    async def retire(self, name: str) -> None:
        """Unload a module for good, BACKBONE or not."""
        groups = grouped(self.ledger.pieces(name)) or {name: ()}
        reasons = {name: "the manager was closed"}
        await self._out(groups, reasons, lambda pieces: self.ledger.retire(name), lambda: self.modules[name].retire())

    async def _out(
        self,
        groups: Groups,
        reasons: Mapping[str, str],
        book: Callable[[tuple[Piece, ...]], None],
        unload: Callable[[], None] | None = None,
    ) -> None:
        if not groups:
            return
        done: list[tuple[str, float]] = []
        stuck: list[str] = []
        try:
            await run_blocking(self._unload, groups, done, stuck, unload)
        finally:  # whatever else happened, cancellation too
            for name, seconds in done:
                self._book_out(name, groups[name], seconds, reasons.get(name, ""), book)
            for name in stuck:
                self._book_out(name, groups[name], 0.0, "its unload failed", book)
                self._lose(name, groups[name])

    @in_short_turns
    def _unload(
        self, groups: Groups, done: list[tuple[str, float]], stuck: list[str], unload: Callable[[], None] | None
    ) -> None:
        for name, chunks in groups.items():
            started = time.perf_counter()
            try:
                unload() if unload is not None else self.modules[name].unload(chunks)
            except BaseException:
                stuck.append(name)
                raise
            done.append((name, time.perf_counter() - started))

    def _book_out(
        self, name: str, chunks: tuple[int, ...], seconds: float, reason: str, book: Callable[[tuple[Piece, ...]], None]
    ) -> None:
        if not chunks:
            return
        before = self.ledger.account.room
        book(tuple(Piece(name, chunk) for chunk in chunks))
        nbytes = self.ledger[name].size(chunks)
        self._write("evict", name, reason, chunks, before, seconds)
        self._events.publish(Event(MODULE_EVICTED, name, seconds=seconds, bytes=nbytes))

    def _lose(self, name: str, chunks: tuple[int, ...]) -> None:
        """Memory that could not be given back is set aside, so that nobody counts on it."""
        line = f"{LOST}{name}"
        account = self.ledger.account
        account.set_line(line, account.lines.get(line, 0) + self.ledger[name].size(chunks))

    # -- in ----------------------------------------------------------------------------------------------------------

    async def bring(self, pieces: Sequence[Piece], reason: str, climb: Climb | None = None) -> None:
        """Reserve for all, allocate all, load, commit. If anything fails or is cancelled, none is in and nothing kept.

        `climb` is asked for room each time the machine refuses memory. Raises BudgetError, OutOfMemoryError and what a
        load raises.
        """
        if not pieces:
            return
        groups = grouped(pieces)
        self.ledger.reserve(pieces)
        seconds: dict[str, float] = {}
        before = self.ledger.account.room
        try:
            await self._allocate(groups, climb)
            await run_blocking(self._load, groups, seconds)
        except BaseException as error:
            await self._abandon(groups, error)
            raise
        self.ledger.commit(pieces)
        for name, chunks in groups.items():
            self._tell_loaded(name, chunks, seconds[name], reason, before)

    async def prepare(self, pieces: Sequence[Piece], climb: Climb | None = None) -> None:
        """The first half of `bring`: reserve and allocate all, or none."""
        self.ledger.reserve(pieces)
        try:
            await self._allocate(grouped(pieces), climb)
        except BaseException as error:
            await self._abandon(grouped(pieces), error)
            raise

    async def stream(self, pieces: Sequence[Piece], reason: str) -> None:
        """The second half: load prepared chunks one by one, committing each; whoever computes waits for just his.

        What has come stays if a later chunk fails; raises what its load raised.
        """
        left = list(pieces)
        try:
            while left:
                piece, before = left[0], self.ledger.account.room
                alone: Groups = {piece.module: (piece.chunk,)}
                seconds: dict[str, float] = {}
                await run_blocking(self._load, alone, seconds)
                self.ledger.commit([left.pop(0)])
                self._tell_loaded(piece.module, (piece.chunk,), seconds[piece.module], reason, before)
        except BaseException as error:
            for name in grouped(left):
                module = self.modules[name]
                if isinstance(module, Streamable):
                    module.fail(error)
            await self._abandon(grouped(left), error)
            raise

    def expect(self, pieces: Sequence[Piece]) -> None:
        """Tell the modules which of their chunks are on their way."""
        for name, chunks in grouped(pieces).items():
            module = self.modules[name]
            if isinstance(module, Streamable):
                module.expect(chunks)

    def can_stream(self, pieces: Sequence[Piece]) -> bool:
        """True if all their modules may compute while chunks come, one by one."""
        modules = [self.modules[name] for name in grouped(pieces)]
        return all(module.separable and isinstance(module, Streamable) for module in modules)

    async def bring_back(self, pieces: Sequence[Piece], error: BaseException) -> None:
        """After a failure: the former residents again, as far as they come. The rest is told in `error`'s notes."""
        for name, chunks in grouped(pieces).items():
            wanted = [Piece(name, chunk) for chunk in chunks if chunk not in self.ledger[name].resident]
            try:
                await self.bring(wanted, "it had made room for what then failed")
                self.journal.write(Decision("rollback", name, "brought back after a failure", chunks=chunks))
            except Exception as second:  # mended by telling: the first error is the one that is raised
                error.add_note(f"'{name}' had been evicted, and could not be brought back: {second}")

    async def _allocate(self, groups: Groups, climb: Climb | None) -> None:
        if groups and not self._begun:
            self._on_first_load()
            self._begun = True
        left = dict(groups)
        while left:
            try:
                await run_blocking(self._allocate_each, left)
            except OutOfMemoryError:
                if climb is None or not await climb():
                    raise

    @in_short_turns
    def _allocate_each(self, left: Groups) -> None:
        """What succeeds is taken out of `left`; it stays when a later one fails, for another try or `_abandon`."""
        for name in list(left):
            self.modules[name].allocate(left[name])
            del left[name]

    @in_short_turns
    def _load(self, groups: Groups, seconds: dict[str, float]) -> None:
        for name, chunks in groups.items():
            started = time.perf_counter()
            self.modules[name].load(chunks)
            seconds[name] = time.perf_counter() - started

    def give_up(self, pieces: Sequence[Piece]) -> None:
        """Give prepared chunks back at once, blocking: for a stream that never began."""
        stuck: list[str] = []
        self._unload_begun(grouped(pieces), asyncio.CancelledError(), stuck)
        self.ledger.unreserve(pieces)
        for name in stuck:
            self._lose(name, grouped(pieces)[name])

    async def _abandon(self, groups: Groups, error: BaseException) -> None:
        """Unload what was begun, even half a load, in one piece that a second cancellation cannot cut in two."""
        stuck: list[str] = []
        try:
            await run_blocking(self._unload_begun, groups, error, stuck)
        finally:
            self.ledger.unreserve([Piece(name, chunk) for name, chunks in groups.items() for chunk in chunks])
            for name in stuck:
                self._lose(name, groups[name])

    @in_short_turns
    def _unload_begun(self, groups: Groups, error: BaseException, stuck: list[str]) -> None:
        for name, chunks in groups.items():
            try:
                self.modules[name].unload(chunks)
            except Exception as second:  # mended by telling: the first error is the one that is raised
                stuck.append(name)
                error.add_note(f"'{name}' could not be unloaded: {second}")

    # -- telling -----------------------------------------------------------------------------------------------------

    def _tell_loaded(self, name: str, chunks: tuple[int, ...], seconds: float, reason: str, before: int) -> None:
        self._write("load", name, reason, chunks, before, seconds)
        self._events.publish(Event(MODULE_LOADED, name, seconds=seconds, bytes=self.ledger[name].size(chunks)))

    def _write(self, kind: str, name: str, reason: str, chunks: tuple[int, ...], before: int, seconds: float) -> None:
        nbytes = self.ledger[name].size(chunks)
        self.journal.write(
            Decision(
                kind=kind,  # type: ignore[arg-type]
                module=name,
                reason=reason,
                nbytes=nbytes,
                chunks=chunks,
                room_before=before,
                room_after=self.ledger.account.room,
                predicted_s=self.transfer.expected_s(nbytes) if kind == "load" else None,
                actual_s=seconds,
            )
        )


def grouped(pieces: Iterable[Piece]) -> Groups:
    """Chunks by module, both in the order they came."""
    groups: dict[str, list[int]] = {}
    for module, chunk in pieces:
        groups.setdefault(module, []).append(chunk)
    return {module: tuple(chunks) for module, chunks in groups.items()}
