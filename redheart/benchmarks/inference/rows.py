"""What the benchmark of inference finds, row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TogetherRow:
    """All texts, given at once. Seconds are medians of the rounds. `ours_faster`: its seconds over ours."""

    contender: str
    what: str
    rounds: int
    texts: int
    seconds: float
    best_seconds: float
    texts_per_second: float
    ours_faster: float | None = None
    demanded: float | None = None
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class AloneRow:
    """Texts, given one at a time: of each the median of the rounds, then median and 90th percentile over the texts.

    `ours_of_its`: our time over its time for the same text, median over the texts; `demanded` is the most it may be.
    """

    contender: str
    what: str
    rounds: int
    texts: int
    milliseconds: float
    p90_milliseconds: float
    ours_of_its: float | None = None
    demanded: float | None = None
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Sameness:
    """Largest difference from ours over all texts: contender -> head, or 'vector' -> difference of an output."""

    tolerance: float
    texts: int
    differences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def largest(self) -> float:
        """Over all contenders and outputs; NaN if any is."""
        every = [each for by in self.differences.values() for each in by.values()]
        return math.nan if any(math.isnan(each) for each in every) else max(every, default=0.0)

    @property
    def same(self) -> bool:
        """False makes every comparison void."""
        return self.largest <= self.tolerance


@dataclass(frozen=True, slots=True)
class EightBit:
    """Ours with the encoder's products in 8 bits. `moved`: largest change of any probability, in `moved_head`.

    `times_faster`: our seconds for all texts over its seconds; None until both were timed. `note`: why it did not run.
    """

    allowed: float
    moved: float | None = None
    moved_head: str | None = None
    times_faster: float | None = None
    note: str | None = None

    @property
    def worth_it(self) -> bool | None:
        """Faster, and no probability moves by more than is allowed; None where it was not measured."""
        if self.moved is None or self.times_faster is None:
            return None
        return self.times_faster > 1 and self.moved <= self.allowed


@dataclass(frozen=True, slots=True)
class WholeRow:
    """`redheart infer` with all its phases and no LLM: options, clauses, subsets, decision. For information.

    `shares`: phase -> its part of the time of texts that come alone.
    """

    texts: int
    texts_per_second: float
    milliseconds_together: float
    milliseconds_alone: float
    shares: Mapping[str, float]
