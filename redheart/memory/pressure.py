"""Says when little memory is left that could be freed, and when there is enough again."""

from __future__ import annotations

from redheart.events import MEMORY_PRESSURE, MEMORY_RELIEVED, Event, EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import Ledger


class Pressure:
    """`high` from the moment the bound share passes the high watermark until it falls to the low one.

    Bound is what no eviction frees now: leased and BACKBONE weights, working memory, what is set aside for others.
    """

    def __init__(self, ledger: Ledger, budgets: Budgets, events: EventBus, journal: Journal) -> None:
        self._ledger, self._budgets, self._events, self._journal = ledger, budgets, events, journal
        self.high = False

    def look(self) -> None:
        """Compare with the watermarks; publish MEMORY_PRESSURE or MEMORY_RELIEVED when one is crossed."""
        bound = self._bound_bytes()
        share = bound / self._ledger.budget
        if not self.high and share > self._budgets.high_watermark:
            self._cross(MEMORY_PRESSURE, bound, f"{share:.0%} of the budget cannot be freed now")
        elif self.high and share <= self._budgets.low_watermark:
            self._cross(MEMORY_RELIEVED, bound, f"{share:.0%} of the budget cannot be freed now: enough is free")

    def _cross(self, kind: str, bound: int, reason: str) -> None:
        self.high = not self.high
        self._journal.write(Decision("pressure", "", reason, nbytes=bound))
        self._events.publish(Event(kind, str(self._ledger.tier), bytes=bound))

    def _bound_bytes(self) -> int:
        account = self._ledger.account
        return account.budget - account.room - account.reserved - self._ledger.idle_bytes
