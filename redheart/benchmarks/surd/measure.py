"""Times one input, ours and theirs in turn, and compares what they say."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from redheart.benchmarks.surd.authors import Terms
from redheart.benchmarks.surd.inputs import Input
from redheart.benchmarks.surd.systems import Values
from redheart.calculus.surd import surd_series

if TYPE_CHECKING:
    from redheart.benchmarks.surd.authors import Authors
    from redheart.calculus.surd import SurdResult

LAG: Final = 1
_PATIENCE_S: Final = 5.0  # a longer run of the authors is not repeated to see its memory


@dataclass(frozen=True, slots=True)
class SurdRow:
    """One input. Seconds are of all its `targets` together; differences in bits, over all terms and targets.

    `times_faster`: medians against each other; `times_faster_best`: best rounds. `met`: `times_faster` >= `demanded`.
    `peak_bytes`: what one target allocated at most beyond its input. None: not measured, or nothing was demanded.
    """

    name: str
    agents: int
    samples: int
    bins: int
    targets: int
    rounds: int
    path: str
    seconds: float
    best_seconds: float
    peak_bytes: int
    authors_seconds: float | None = None
    authors_best_seconds: float | None = None
    authors_peak_bytes: int | None = None
    times_faster: float | None = None
    times_faster_best: float | None = None
    demanded: float | None = None
    met: bool | None = None
    term_difference: float | None = None
    totals_difference: float | None = None
    note: str | None = None
    max_order: int | None = None


def measured(wanted: Input, rounds: int, authors: Authors | None) -> SurdRow:
    """Rounds of ours, theirs, ours, theirs; a first round of both on a part of the samples warms up."""
    x = wanted.make()
    targets = range(1, wanted.targets + 1)
    ours, theirs = _ours(x, wanted), _theirs(x, wanted, authors)
    _warm_up(x, wanted, authors)
    spent: tuple[list[float], list[float]] = ([], [])
    results: list[SurdResult] = []
    others: list[Any] = []
    for _ in range(rounds):
        results = _timed(ours, targets, wanted.calls, spent[0])
        if theirs is not None:
            others = _timed(theirs, targets, wanted.calls, spent[1])
    row: dict[str, Any] = {
        "name": wanted.name,
        "agents": len(x),
        "samples": x.shape[1],
        "bins": wanted.bins,
        "targets": wanted.targets,
        "rounds": rounds,
        "path": "/".join(dict.fromkeys(result.path for result in results)),
        "seconds": median(spent[0]),
        "best_seconds": min(spent[0]),
        "peak_bytes": _peak(ours),
        "demanded": wanted.demanded,
        "max_order": wanted.max_order,
        "note": f"one target of {len(x)}" if wanted.targets == 1 else None,
    }
    if theirs is not None:
        row |= _speed(spent, wanted.demanded) | _agreement(results, others)
        row["authors_peak_bytes"] = _peak(theirs) if min(spent[1]) < _PATIENCE_S else None
    return SurdRow(**row)


def _ours(x: Values, wanted: Input) -> Callable[[int], SurdResult]:
    return lambda target: surd_series(x, target, LAG, bins=wanted.bins, max_order=wanted.max_order)


def _theirs(x: Values, wanted: Input, authors: Authors | None) -> Callable[[int], Any] | None:
    if authors is None:
        return None
    return lambda target: authors.decompose(x, target, LAG, wanted.bins, wanted.max_order)


def _warm_up(x: Values, wanted: Input, authors: Authors | None) -> None:
    """Two bins of few samples: what is loaded and remembered at the first call is not what is timed."""
    part = x[:, :200]
    surd_series(part, 1, LAG, bins=2, max_order=wanted.max_order)
    if authors is not None:
        authors.decompose(part, 1, LAG, 2, wanted.max_order)


def _timed(decompose: Callable[[int], Any], targets: range, calls: int, spent: list[float]) -> list[Any]:
    """What is said of each target; the seconds of all of them once go to `spent`."""
    said: list[Any] = []
    begun = time.perf_counter()
    for _ in range(calls):
        said = [decompose(target) for target in targets]
    spent.append((time.perf_counter() - begun) / calls)
    return said


def _peak(decompose: Callable[[int], object]) -> int:
    tracemalloc.start()
    try:
        decompose(1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _speed(spent: tuple[list[float], list[float]], demanded: float | None) -> dict[str, Any]:
    ours, theirs = spent
    faster = median(theirs) / median(ours)
    return {
        "authors_seconds": median(theirs),
        "authors_best_seconds": min(theirs),
        "times_faster": faster,
        "times_faster_best": min(theirs) / min(ours),
        "met": None if demanded is None else faster >= demanded,
    }


def _agreement(results: list[SurdResult], others: list[Any]) -> dict[str, Any]:
    """Over all targets, single terms and totals per kind. Both hang on how ties are broken: where a set tells of a
    state just what one of its parts tells, ours gives it to the smaller one, theirs to whichever rounding puts first.
    """
    pairs = [_differences(ours, *theirs) for ours, theirs in zip(results, others, strict=True)]
    return {"term_difference": max(term for term, _ in pairs), "totals_difference": max(total for _, total in pairs)}


def _differences(ours: SurdResult, redundant: Terms, synergistic: Terms) -> tuple[float, float]:
    """Largest between two terms; largest between the totals of two kinds."""
    alone: Terms = {names: bits for names, bits in redundant.items() if len(names) == 1}
    shared: Terms = {names: bits for names, bits in redundant.items() if len(names) > 1}
    kinds: tuple[tuple[Terms, Terms], ...] = (
        (ours.redundant, shared),
        (ours.unique, alone),
        (ours.synergistic, synergistic),
    )
    terms = [abs(mine[names] - yours.get(names, 0.0)) for mine, yours in kinds for names in mine]
    totals = [abs(sum(mine.values()) - sum(yours.values())) for mine, yours in kinds]
    return float(max(terms)), float(max(totals))
