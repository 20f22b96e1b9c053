"""What the memory manager decided, and why: the newest decisions, one record each."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal[
    "admit", "load", "evict", "prefetch", "revoke", "refuse", "halve", "rung", "rollback", "wait", "pressure"
]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one module, or about the tier as a whole (`module` is "").

    `reason` is a sentence's rest: "it is needed last of all residents, in 3 steps". `room_*` are bytes of the working
    tier that were neither promised nor filled. Seconds are None where nothing was predicted or timed.
    """

    kind: Kind
    module: str
    reason: str
    nbytes: int = 0
    chunks: tuple[int, ...] = ()
    step: str = ""
    at_s: float = 0.0
    room_before: int | None = None
    room_after: int | None = None
    predicted_s: float | None = None
    actual_s: float | None = None


@dataclass(slots=True)
class Journal:
    """Keeps the newest `capacity` decisions; `counts` counts all there ever were, by kind. `step` is the present."""

    capacity: int = 4096
    step: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _kept: deque[Decision] = field(init=False)

    def __post_init__(self) -> None:
        self._kept = deque(maxlen=self.capacity)

    def write(self, decision: Decision) -> None:
        """Append one, stamped with the monotonic clock and the present step where it bears none of its own."""
        stamped = replace(decision, at_s=decision.at_s or time.monotonic(), step=decision.step or self.step)
        self.counts[decision.kind] += 1
        self._kept.append(stamped)

    def __iter__(self) -> Iterator[Decision]:
        """Oldest first."""
        return iter(tuple(self._kept))

    def about(self, module: str) -> list[Decision]:
        """The decisions about one module, oldest first."""
        return [decision for decision in self if decision.module == module]
