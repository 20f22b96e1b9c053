"""Through which gaps whole modules should stay so that most bytes stay: an exact search, room by room."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Final, NamedTuple

from redheart.memory.search.gaps import GapProblem
from redheart.memory.search.linear_bound import Relaxed, relax

#: Gaps up to which the search is tried, states that it follows through a room, and states after which it stops with the
#: best it has: exact for twelve modules. Counts, no clock: the same plan on every machine.
SEARCHED_GAPS: Final = 200
WIDTH: Final = 4096
SEARCHED_STATES: Final = 300_000
#: Modules idle together up to which it is told what their sums leave unused of a room.
SUMMED_GAPS: Final = 24
HALF_A_BYTE: Final = 0.5  # bounds are floats, what they bound are whole bytes


class Whole(NamedTuple):
    """The gaps that modules stay through, None where none are better; no plan of whole modules keeps over `most`."""

    stays: tuple[bool, ...] | None
    most: float


class _Way(NamedTuple):
    """One way to a state: no more bytes can stay, and these gaps (as bits) do."""

    bound: float
    stays: int


def better_whole_gaps(problem: GapProblem, relaxed: Relaxed, kept_bytes: int) -> Whole:
    """Look for more than `kept_bytes` in gaps that modules stay through whole; `relaxed` is the problem's own."""
    search = _Search(problem, kept_bytes)
    search.price(relaxed.prices)
    if search.bound < kept_bytes + HALF_A_BYTE or len(problem.gaps) > SEARCHED_GAPS:
        return Whole(None, search.bound)
    search.price(relax(search.sizes, search.rooms).prices)
    search.run()
    return Whole(search.found, search.bound)


class _Search:
    """Walks the rooms round the cycle, deciding each gap where it begins. A state is the gaps that run on; of two ways
    to a state only the better is followed. Gaps through the room where the walk begins are decided before it.

    Prices of the rooms tell what a decision costs at least: bytes kept = sum(price x room) + sum(gains of gaps that
    stay) - sum(price x room left unused), where the gain of a gap is its bytes less the prices of the rooms it fills.
    So a gap of positive gain that leaves, one of negative gain that stays, and room left unused, each lower the bound;
    a way whose bound is no better than what was found is left. Any prices give a true bound.
    """

    def __init__(self, problem: GapProblem, kept_bytes: int) -> None:
        self.best, self.looked_at = kept_bytes, 0
        self.found: tuple[bool, ...] | None = None
        self.sizes = [
            gap.nbytes if gap.nbytes <= min(problem.rooms[step] for step in gap.steps) else 0 for gap in problem.gaps
        ]
        self.kinds = [(size, gap.steps) for size, gap in zip(self.sizes, problem.gaps, strict=True)]
        crowded = problem.crowded()
        self.idle = [[gap for gap in together if self.sizes[gap]] for together in crowded]
        limits = [
            _largest_sum([self.sizes[gap] for gap in gaps], room)
            for gaps, room in zip(self.idle, crowded.values(), strict=True)
        ]
        self.rooms = dict(zip(crowded, limits, strict=True))
        self.inside: list[list[int]] = [[] for _ in self.sizes]  # the rooms that each gap fills
        for room, gaps in enumerate(self.idle):
            for gap in gaps:
                self.inside[gap].append(room)

    def price(self, prices: Sequence[float]) -> None:
        """Set the prices of the rooms, and with them the bound and what it loses by each decision."""
        self.prices = prices
        self.gains = [
            size * (1 - sum(prices[room] for room in inside))
            for size, inside in zip(self.sizes, self.inside, strict=True)
        ]
        filled = sum(price * limit for price, limit in zip(prices, self.rooms.values(), strict=True))
        self.bound = filled + sum(max(0.0, gain) for gain in self.gains)

    def run(self) -> None:
        """Fill `found`."""
        limits = list(self.rooms.values())
        first = min(range(len(limits)), key=lambda room: (len(self.idle[room]), limits[room]))
        walk = [(first + away) % len(limits) for away in range(len(limits))]
        free = sum(1 << gap for gap, size in enumerate(self.sizes) if size and not self.inside[gap])
        starts = self._entered({0: _Way(self.bound, free)}, first, self.idle[first], limits)
        for start, way in sorted(starts.items(), key=lambda item: (-item[1].bound, item[0])):
            if way.bound >= self.best + HALF_A_BYTE and self.looked_at < SEARCHED_STATES:
                self._walk(walk, start, way)

    def _walk(self, walk: Sequence[int], start: int, way: _Way) -> None:
        """Once round, from one choice of the gaps through the first room."""
        limits = [
            limit - sum(self.sizes[gap] for gap in gaps if start >> gap & 1)
            for limit, gaps in zip(self.rooms.values(), self.idle, strict=True)
        ]
        decided = set(self.idle[walk[0]])
        states = {0: way} if min(limits) >= 0 else {}
        for room in walk[1:]:
            begun = [gap for gap in self.idle[room] if gap not in decided]
            decided.update(begun)
            running = sum(1 << gap for gap in self.idle[room])
            states = self._entered(_merged(states, running), room, begun, limits)
        for end in states.values():
            self._offer(end.stays)

    def _entered(
        self, states: Mapping[int, _Way], room: int, begun: Sequence[int], limits: Sequence[int]
    ) -> dict[int, _Way]:
        """The states in a room, after every choice of the gaps that begin there."""
        price, limit, twins = self.prices[room], limits[room], self._twins(begun)
        sizes = {state: self._size(state) for state in states}
        ways = {state: way for state, way in states.items() if sizes[state] <= limit}
        for gap in begun:
            ways = self._promising(self._branched(ways, sizes, gap, limit, twins.get(gap)))
        return self._promising(
            {state: _Way(way.bound - price * (limit - sizes[state]), way.stays) for state, way in ways.items()}
        )

    def _branched(
        self, ways: Mapping[int, _Way], sizes: dict[int, int], gap: int, limit: int, twin: int | None
    ) -> dict[int, _Way]:
        """Every way with the gap left, and with the gap kept where there is room. `sizes` learns the new states."""
        leaving, staying = max(0.0, self.gains[gap]), max(0.0, -self.gains[gap])
        after = {state: _Way(way.bound - leaving, way.stays) for state, way in ways.items()}
        for state, way in ways.items():
            size = sizes[state] + self.sizes[gap]
            if size <= limit and (twin is None or state >> twin & 1):
                after[state | 1 << gap] = _Way(way.bound - staying, way.stays | 1 << gap)
                sizes[state | 1 << gap] = size
        return after

    def _promising(self, ways: Mapping[int, _Way]) -> dict[int, _Way]:
        """Ways that may yet end better than what was found; the best of them where they are too many."""
        self.looked_at += len(ways)
        kept = [(state, way) for state, way in ways.items() if way.bound >= self.best + HALF_A_BYTE]
        return dict(kept if len(kept) <= WIDTH else nlargest(WIDTH, kept, key=lambda item: item[1].bound))

    def _twins(self, begun: Sequence[int]) -> dict[int, int]:
        """Gap -> the one before it that is just like it: it may stay only if that one does."""
        last: dict[tuple[int, tuple[int, ...]], int] = {}
        twins = {}
        for gap in begun:
            if self.kinds[gap] in last:
                twins[gap] = last[self.kinds[gap]]
            last[self.kinds[gap]] = gap
        return twins

    def _size(self, state: int) -> int:
        return sum(self.sizes[gap] for gap in range(state.bit_length()) if state >> gap & 1)

    def _offer(self, stays: int) -> None:
        kept = self._size(stays)
        if kept > self.best:
            self.best = kept
            self.found = tuple(bool(stays >> gap & 1) for gap in range(len(self.sizes)))


def _merged(states: Mapping[int, _Way], running: int) -> dict[int, _Way]:
    """States without the gaps that have ended, each by its best way."""
    merged: dict[int, _Way] = {}
    for state, way in states.items():
        rest = state & running
        if rest not in merged or way.bound > merged[rest].bound:
            merged[rest] = way
    return merged


def _largest_sum(sizes: Sequence[int], room: int) -> int:
    """The most that some of the sizes fill of a room; the room itself where there are too many to tell."""
    if len(sizes) > SUMMED_GAPS:
        return min(room, sum(sizes))
    first = sorted(_sums(sizes[::2], room))
    return max(one + first[bisect_right(first, room - one) - 1] for one in _sums(sizes[1::2], room))


def _sums(sizes: Iterable[int], room: int) -> set[int]:
    sums = {0}
    for size in sizes:
        sums |= {one + size for one in sums if one + size <= room}
    return sums
