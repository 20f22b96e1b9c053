"""The bytes of one tier: promised, filled, set aside. Pure bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass, field

from redheart.types.residency import Tier, TierReport


@dataclass(slots=True)
class Account:
    """One tier. `lines` are bytes set aside for others than weights: context, working memory, other processes."""

    tier: Tier
    budget: int
    reserved: int = 0
    committed: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    peak: int = 0  # most ever committed

    @property
    def room(self) -> int:
        """Bytes neither promised, nor filled, nor set aside; negative if a line has outgrown the budget."""
        return self.budget - self.reserved - self.committed - sum(self.lines.values())

    def promise(self, nbytes: int) -> None:
        """Reserve; a negative number takes a promise back."""
        self.reserved += nbytes

    def fill(self, nbytes: int) -> None:
        """Promised bytes are in."""
        self.reserved -= nbytes
        self.committed += nbytes
        self.peak = max(self.peak, self.committed)

    def leave(self, nbytes: int) -> None:
        """Filled bytes are out."""
        self.committed -= nbytes

    def set_line(self, name: str, nbytes: int) -> None:
        """Set bytes aside under a name, instead of what that name had; 0 removes the line."""
        if nbytes:
            self.lines[name] = nbytes
        else:
            self.lines.pop(name, None)

    def report(self, measured: int | None) -> TierReport:
        """Frozen, with what the machine itself says where it is known."""
        return TierReport(
            tier=self.tier,
            budget=self.budget,
            reserved=self.reserved,
            committed=self.committed,
            lines=dict(self.lines),
            measured=measured,
        )
