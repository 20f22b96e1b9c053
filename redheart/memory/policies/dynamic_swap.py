"""The sparing policy: only as much leaves as must."""

from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heappop
from math import inf

from redheart.memory.plan import Outlook
from redheart.memory.search.fewest import MOST, fewest
from redheart.memory.states import NONE, ModuleState, Piece, Snapshot

#: When a module goes, lowest first; its place, which settles ties; the module. A plain tuple: there may be thousands.
Ranked = tuple[float, float, float, float, int, ModuleState]


class DynamicSwap:
    """Evicts chunks until the missing bytes fit, of each module the last ones first.

    (1) Chunks that the plan does not keep, before (2) those that it keeps. Within either, on plan: the farthest next
    use first; a module that the plan does not know is needed never, and among such the order is the one off plan. Off
    plan: lowest priority first, then farthest next use, then least recent use. Of modules that all this leaves equal,
    those go that together free the least of what suffices.
    """

    name = "dynamic_swap"

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """The first spare chunks that free enough, none of them in vain; all of them if even that is too little."""
        if shortage <= 0:
            return ()
        excess = -shortage
        chosen: list[Piece] = []
        sizes: list[int] = []
        for module, chunk in _first_to_go(snapshot.spare(needed), snapshot.outlook, shortage):
            chosen.append(Piece(module.name, chunk))
            sizes.append(module.chunks[chunk])
            excess += sizes[-1]
            if excess >= 0:
                break
        return _without_vain(chosen, sizes, excess)


def _first_to_go(spare: Collection[ModuleState], outlook: Outlook, shortage: int) -> Iterator[tuple[ModuleState, int]]:
    """(1) What the plan does not keep, (2) what it keeps. Lazily: few of many modules have to go."""
    gone: list[ModuleState] = []
    for equals in _ranks(_on_plan(spare, outlook) if outlook.keep else _off_plan(spare, outlook)):
        free = [(module, _sizes(module, module.resident - outlook.keep.get(module.name, NONE))) for module in equals]
        for module, chunks in _least_first(free, shortage):
            shortage -= sum(chunks.values())
            for chunk in chunks:
                yield module, chunk
        gone += equals
    for module in gone:
        for chunk in _sizes(module, module.resident & outlook.keep.get(module.name, NONE)):
            yield module, chunk


def _ranks(waiting: list[Ranked]) -> Iterator[list[ModuleState]]:
    """Modules that go at the same time, the first ones first."""
    heapify(waiting)
    while waiting:
        first = heappop(waiting)
        equals = [first[-1]]
        while waiting and waiting[0][:3] == first[:3]:
            equals.append(heappop(waiting)[-1])
        yield equals


def _sizes(module: ModuleState, chunks: Collection[int]) -> dict[int, int]:
    """Chunk -> bytes, late chunks first."""
    return {chunk: module.chunks[chunk] for chunk in sorted(chunks, reverse=True)}


def _least_first(
    free: list[tuple[ModuleState, dict[int, int]]], shortage: int
) -> list[tuple[ModuleState, dict[int, int]]]:
    """First the modules that free the least of what suffices; the others behind them."""
    some = [each for each in free if each[1]]
    if len(some) < 2 or len(some) > MOST:
        return some
    chosen = fewest([sum(chunks.values()) for _, chunks in some], shortage)
    return [some[index] for index in chosen] + [each for index, each in enumerate(some) if index not in chosen]


def _on_plan(spare: Collection[ModuleState], outlook: Outlook) -> list[Ranked]:
    away = outlook.next_use
    return [
        (-away[module.name], 0, 0, -module.nbytes, index, module)
        if module.name in away
        else (-inf, module.priority, module.last_use, -module.nbytes, index, module)
        for index, module in enumerate(spare)
    ]


def _off_plan(spare: Collection[ModuleState], outlook: Outlook) -> list[Ranked]:
    away = outlook.next_use
    return [
        (module.priority, -away.get(module.name, inf), module.last_use, -module.nbytes, index, module)
        for index, module in enumerate(spare)
    ]


def _without_vain(chosen: Sequence[Piece], sizes: Sequence[int], excess: int) -> tuple[Piece, ...]:
    """Spare what later and larger choices made unnecessary, the most valuable first."""
    leaving = []
    for piece, size in zip(reversed(chosen), reversed(sizes), strict=True):
        if size <= excess:
            excess -= size
        else:
            leaving.append(piece)
    return tuple(reversed(leaving))
