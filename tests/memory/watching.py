"""Books to look at: a ledger of three modules, and a monitor that samples when told to."""

from __future__ import annotations

from dataclasses import replace

from redheart.memory.budgets import MIB
from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import Ledger
from redheart.memory.monitor import MemoryMonitor
from redheart.memory.states import ModuleState, Piece
from redheart.memory.watch.moment import Watched
from redheart.memory.watch.sampler import Sampler
from redheart.types.residency import SwapPriority, Tier


class Books:
    """A budget of 100 MiB; 'llm' of 60 in two chunks, 'encoder' of 30, 'body' of 10, which never leaves."""

    def __init__(self) -> None:
        self.ledger, self.journal = Ledger(Tier.HOST, 100 * MIB), Journal()
        self.register("llm", SwapPriority.PRIMARY, 40, 20)
        self.register("encoder", SwapPriority.PRIMARY, 30)
        self.register("body", SwapPriority.BACKBONE, 10)
        self.rss = 500 * MIB

    def register(self, name: str, priority: SwapPriority, *mib: int) -> None:
        self.ledger.register(ModuleState(name, priority, tuple(size * MIB for size in mib)))

    def bring(self, name: str, *chunks: int) -> None:
        pieces = [Piece(name, chunk) for chunk in chunks]
        self.ledger.reserve(pieces)
        self.ledger.commit(pieces)

    def monitor(self) -> MemoryMonitor:
        """A monitor of these books whose RSS is what `rss` says; its thread takes no sample of its own."""
        watched = Watched(self.ledger, self.journal, "medium", "dynamic_swap", lambda: self.ledger.committed)
        monitor = MemoryMonitor("cpu", watched)
        monitor.sampler = Sampler(lambda: self.rss, interval_s=3600)
        return monitor

    def decide(self, kind: str, module: str, reason: str, mib: int = 0, **more: object) -> None:
        decision = Decision(kind, module, reason, nbytes=mib * MIB)  # type: ignore[arg-type]
        self.journal.write(replace(decision, **more))  # type: ignore[arg-type]
