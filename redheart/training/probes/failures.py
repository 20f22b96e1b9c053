"""Known failures: sarcasm, dialect, code-switching, negation, each in minimal sets of a text and its twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from redheart.training.data import Row
from redheart.training.evaluation.documents import sentences_of
from redheart.training.evaluation.reads import Reads
from redheart.training.probes.records import language_of, rows_of
from redheart.training.probes.share import Share, share_of
from redheart.types.base import Frozen

_HEADS: Final = ("polarity", "utility")


@dataclass(frozen=True, slots=True)
class MinimalSet:
    """A text with the phenomenon, and a twin without it: the same in plain words, or its opposite in few others."""

    row: Row
    polarity: tuple[float, float]  # logits of the text, of the twin
    utility: tuple[float, float]

    @property
    def expected(self) -> tuple[bool, bool]:
        """Whether the text is pleasant, and whether the twin is."""
        return self.row.labels[0] == "pleasant", self.row.meta["twin"] == "pleasant"

    @property
    def opposed(self) -> bool:
        """The two differ in what they say."""
        return self.expected[0] != self.expected[1]

    def is_right(self, which: int) -> bool:
        """The sign of the polarity is as expected; which: 0 the text, 1 the twin."""
        return (self.polarity[which] > 0) == self.expected[which]

    def is_ordered(self, readings: tuple[float, float]) -> bool:
        """Of two opposed texts the pleasant one reads higher."""
        return (readings[0] > readings[1]) == self.expected[0] and readings[0] != readings[1]


class Phenomenon(Frozen):
    """What was read rightly of one kind of sets."""

    text: Share = Field(description="texts with the phenomenon whose polarity has the expected sign")
    twin: Share = Field(description="their twins without it")
    both: Share
    order: Share | None = Field(description="pleasant above unpleasant by polarity; null where the twins agree")
    utility_order: Share | None = Field(description="the same by utility")


class Failures(Frozen):
    """Phenomenon, with its language or variety -> what was read rightly."""

    phenomena: dict[str, Phenomenon]


def failures(reads: Reads) -> Failures:
    """Every set once. Raises CheckpointError where polarity or utility is not there."""
    rows = rows_of("failures")
    texts = [sentences_of(text, language_of(row)) for row in rows for text in (row.text, row.text_b or "")]
    raw = reads.raw(texts, _HEADS)
    polarity, utility = (raw[head][:, 0].reshape(-1, 2).tolist() for head in _HEADS)
    sets = [MinimalSet(row, (p[0], p[1]), (u[0], u[1])) for row, p, u in zip(rows, polarity, utility, strict=True)]
    keys = dict.fromkeys(key for each in sets for key in _keys(each.row))
    return Failures(phenomena={key: of_sets([each for each in sets if key in _keys(each.row)]) for key in keys})


def _keys(row: Row) -> tuple[str, ...]:
    whole = f"{row.meta['phenomenon']} ({row.lang})"
    return (whole, f"{whole}: {row.meta['variety']}") if "variety" in row.meta else (whole,)


def of_sets(sets: Sequence[MinimalSet]) -> Phenomenon:
    """Of one set or more."""
    opposed = [each for each in sets if each.opposed]
    return Phenomenon(
        text=share_of([each.is_right(0) for each in sets]),
        twin=share_of([each.is_right(1) for each in sets]),
        both=share_of([each.is_right(0) and each.is_right(1) for each in sets]),
        order=_ordered(opposed, lambda each: each.polarity),
        utility_order=_ordered(opposed, lambda each: each.utility),
    )


def _ordered(sets: Sequence[MinimalSet], readings: Callable[[MinimalSet], tuple[float, float]]) -> Share | None:
    return share_of([each.is_ordered(readings(each)) for each in sets]) if sets else None
