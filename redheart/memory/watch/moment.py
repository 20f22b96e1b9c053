"""Memory at one moment, frozen: what the live table shows, what a timeline keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import Ledger
from redheart.memory.plan import Outlook
from redheart.memory.states import OFF_PLAN, ModuleState
from redheart.types.residency import TierReport


@dataclass(frozen=True, slots=True)
class Watched:
    """What there is to look at, from any thread. `measured`: bytes the allocator of the working tier holds."""

    ledger: Ledger
    journal: Journal
    mode: str
    policy: str
    measured: Callable[[], int | None]
    outlook: Callable[[], Outlook] = lambda: OFF_PLAN


@dataclass(frozen=True, slots=True)
class Moment:
    """Bytes; `at_s` since the monitor began. `tier` is the working one, `behind` the others.

    `rss_before_load` is None until the first weights come. `gpu_used` counts everybody on the GPU, None without one.
    """

    at_s: float
    step: str
    rss: int
    rss_before_load: int | None
    rss_peak: int | None
    tier: TierReport
    behind: tuple[TierReport, ...] = ()
    cuda_reserved: int | None = None
    gpu_used: int | None = None
    peak_committed: int = 0
    modules: tuple[ModuleState, ...] = ()
    next_use: Mapping[str, int] = field(default_factory=dict)

    @property
    def over_baseline(self) -> int | None:
        """The most that resident memory rose above its baseline; None before the first load."""
        if self.rss_peak is None or self.rss_before_load is None:
            return None
        return self.rss_peak - self.rss_before_load


class Reader:
    """Hands out the decisions of a journal that it has not handed out before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seen = sum(journal.counts.values())

    @property
    def waiting(self) -> bool:
        """True if there are some."""
        return sum(tuple(self._journal.counts.values())) != self._seen

    def unread(self) -> list[Decision]:
        """Oldest first; those that no longer fit into the journal are gone."""
        kept, total = tuple(self._journal), sum(tuple(self._journal.counts.values()))
        new, self._seen = total - self._seen, total
        return list(kept[-new:]) if new else []
