"""Which chunks stay in which gaps: a start is filled up, then mended by exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Final

from redheart.memory.search.gaps import GapProblem

Kept = tuple[frozenset[int], ...]

#: Exchanges that are tried: a count, no clock, so that a plan is the same on every machine.
EXCHANGES: Final = 60
GOOD_ENOUGH: Final = 1.002  # so many times the bytes of the bound: no exchange is worth its while any more


class Packing:
    """Chunks that stay in each gap, and the room each step has left."""

    def __init__(self, problem: GapProblem) -> None:
        self.problem = problem
        self.room = list(problem.rooms)
        self.kept: list[set[int]] = [set() for _ in problem.gaps]
        self.nbytes = 0

    def fill(self, gap: int, limit: float = inf) -> None:
        """Let chunks of a gap stay while there is room, at most `limit` bytes: the first ones, then what else fits."""
        sizes = self.problem.gaps[gap].sizes
        room = min(limit, min(self.room[step] for step in self.problem.gaps[gap].steps))
        if room < self.problem.smallest[gap] or len(self.kept[gap]) == len(sizes):
            return
        absent = [chunk for chunk in range(len(sizes)) if chunk not in self.kept[gap]]
        ahead = 0
        while ahead < len(absent) and sizes[absent[ahead]] <= room:
            room -= sizes[absent[ahead]]
            ahead += 1
        chosen = absent[:ahead]
        for chunk in sorted(absent[ahead:], key=lambda chunk: (-sizes[chunk], chunk)):
            if sizes[chunk] <= room:
                room -= sizes[chunk]
                chosen.append(chunk)
        self.put(gap, chosen)

    def put(self, gap: int, chunks: Iterable[int]) -> None:
        """Let chunks stay."""
        self.kept[gap].update(chunks)
        self._count(gap, sum(self.problem.gaps[gap].sizes[chunk] for chunk in chunks))

    def drop(self, gap: int, chunk: int) -> None:
        """Let a chunk leave."""
        self.kept[gap].remove(chunk)
        self._count(gap, -self.problem.gaps[gap].sizes[chunk])

    def copy(self) -> Packing:
        """The same, to be changed."""
        twin = Packing(self.problem)
        twin.room, twin.kept, twin.nbytes = list(self.room), [set(chunks) for chunks in self.kept], self.nbytes
        return twin

    def frozen(self) -> Kept:
        """What stays."""
        return tuple(map(frozenset, self.kept))

    def _count(self, gap: int, nbytes: int) -> None:
        self.nbytes += nbytes
        for step in self.problem.gaps[gap].steps:
            self.room[step] -= nbytes


def from_whole(problem: GapProblem, stays: Sequence[bool], shares: Sequence[float]) -> Packing:
    """The gaps whose modules stay whole, and what chunks fit beside them: never fewer bytes."""
    packing = Packing(problem)
    for index, gap in enumerate(problem.gaps):
        if stays[index]:
            packing.put(index, range(len(gap.sizes)))
    return _filled(packing, _orders(problem, shares)[0])


def from_shares(problem: GapProblem, shares: Sequence[float]) -> Packing:
    """About as many bytes of each gap as `shares` tells."""
    if not any(problem.crowded()):
        return from_whole(problem, [True] * len(problem.gaps), shares)
    start = Packing(problem)
    for gap, share in enumerate(shares):
        start.fill(gap, share + 0.5)  # a share is a float: half a byte more is still the same byte
    orders = _orders(problem, shares)
    starts = [start, Packing(problem)]
    packings = [_filled(begun.copy(), order) for begun in starts for order in orders]
    best = max(packings, key=lambda packing: packing.nbytes)
    return _exchanged(best, orders, sum(shares))


def _orders(problem: GapProblem, shares: Sequence[float]) -> list[list[int]]:
    """Orders to fill gaps in: those of few steps first, those that the bound keeps most of first."""
    gaps = range(len(problem.gaps))
    short = sorted(gaps, key=lambda gap: (len(problem.gaps[gap].steps), gap))
    dear = sorted(gaps, key=lambda gap: (-shares[gap] / problem.gaps[gap].nbytes, gap))
    return [short, dear]


def _filled(packing: Packing, order: Iterable[int]) -> Packing:
    for gap in order:
        packing.fill(gap)
    return packing


def _exchanged(best: Packing, orders: Sequence[Sequence[int]], most: float) -> Packing:
    """Exchange chunks as long as that lets more bytes stay; `most` is the bound of them."""
    idle = sum(gap.nbytes for gap in best.problem.gaps)
    budget = iter(range(EXCHANGES))
    while idle - best.nbytes > GOOD_ENOUGH * (idle - int(most)):
        trials = (trial for _, trial in zip(budget, _exchanges(best, orders), strict=False))
        better = next((trial for trial in trials if trial.nbytes > best.nbytes), None)
        if better is None:
            break
        best = better
    return best


def _exchanges(packing: Packing, orders: Sequence[Sequence[int]]) -> Iterator[Packing]:
    """Drop one chunk of a gap, then fill the others before it."""
    for gap, chunk in _droppable(packing):
        for order in orders:
            trial = packing.copy()
            trial.drop(gap, chunk)
            yield _filled(trial, [*(other for other in order if other != gap), gap])


def _droppable(packing: Packing) -> Iterator[tuple[int, int]]:
    """Of each gap the last chunk of each size that stays; gaps that stay in part first."""
    gaps = [gap for gap, chunks in enumerate(packing.kept) if chunks]
    sizes = [gap.sizes for gap in packing.problem.gaps]
    for gap in sorted(gaps, key=lambda gap: (len(packing.kept[gap]) == len(sizes[gap]), gap)):
        for chunk in {sizes[gap][chunk]: chunk for chunk in sorted(packing.kept[gap])}.values():
            yield gap, chunk
