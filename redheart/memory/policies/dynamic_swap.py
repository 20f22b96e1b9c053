"""The sparing policy: only as much leaves as must."""

from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heappop
from math import inf

from redheart.memory.ledger import NONE, ModuleState, Piece, Snapshot
from redheart.memory.plan import Outlook

#: When a module goes, lowest first; its place, which settles ties; the module. A plain tuple: there may be thousands.
Ranked = tuple[float, float, float, float, int, ModuleState]


class DynamicSwap:
    """Evicts chunks until the missing bytes fit, of each module the last ones first.

    (1) Chunks that the plan does not keep, before (2) those that it keeps. Within either, on plan: the farthest next
    use first, then the larger module; a module that the plan does not know is needed never, and among such the order is
    the one off plan. Off plan: lowest priority first, then farthest next use, least recent use, larger module.
    """

    name = "dynamic_swap"

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """The first spare chunks that free enough, none of them in vain; all of them if even that is too little."""
        if shortage <= 0:
            return ()
        excess = -shortage
        chosen: list[Piece] = []
        sizes: list[int] = []
        for module, chunk in _first_to_go(snapshot.spare(needed), snapshot.outlook):
            chosen.append(Piece(module.name, chunk))
            sizes.append(module.chunks[chunk])
            excess += sizes[-1]
            if excess >= 0:
                break
        return _without_vain(chosen, sizes, excess)


def _first_to_go(spare: Collection[ModuleState], outlook: Outlook) -> Iterator[tuple[ModuleState, int]]:
    """(1) What the plan does not keep, (2) what it keeps. Lazily: few of many modules have to go."""
    waiting = _on_plan(spare, outlook) if outlook.keep else _off_plan(spare, outlook)
    gone = []
    heapify(waiting)
    while waiting:
        module = heappop(waiting)[-1]
        gone.append(module)
        for chunk in sorted(module.resident - outlook.keep.get(module.name, NONE), reverse=True):
            yield module, chunk
    for module in gone:
        for chunk in sorted(module.resident & outlook.keep.get(module.name, NONE), reverse=True):
            yield module, chunk


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
