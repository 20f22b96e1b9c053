"""What the benchmark of training finds, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: How long documents are: 1 to 3 sentences, or 1 to 24.
Sentences = Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class LoopRow:
    """One contender. Seconds of one pass over the samples, medians of the rounds; rates by wall time.

    `ours_faster`: its wall time over ours. `demanded`: what that has to be. `loss`: of all samples after the pass.
    """

    contender: str
    what: str
    rounds: int
    samples: int
    seconds: float | None = None
    best_seconds: float | None = None
    process_seconds: float | None = None
    samples_per_second: float | None = None
    ours_faster: float | None = None
    ours_faster_process: float | None = None
    demanded: float | None = None
    met: bool | None = None
    loss: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Fairness:
    """Whether all learned the same: largest relative difference of their losses from ours."""

    initial_loss: float
    difference: float
    tolerance: float

    @property
    def fair(self) -> bool:
        """False makes every comparison void."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True)
class CompileRow:
    """Our loop with torch.compile on or off. `first_seconds`: the pass that compiles; `seconds`: the one after."""

    compiled: bool
    first_seconds: float
    seconds: float
    samples_per_second: float
    note: str | None = None
