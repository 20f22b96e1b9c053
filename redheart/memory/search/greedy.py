"""What the two usual orders of eviction keep on a cycle, modules whole: a plan must not bring in more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Order = Literal["least_recently_used", "farthest_next_use"]
ORDERS: Final[tuple[Order, ...]] = ("least_recently_used", "farthest_next_use")


class Steady(NamedTuple):
    """Who is resident during each step until the state repeats, some cycles later, and the bytes that come in."""

    residents: tuple[frozenset[str], ...]
    cycles: int
    bytes_in: int


@dataclass(frozen=True, slots=True)
class Visits:
    """The modules that each step uses, the bytes of each, and the bytes of modules that each step can hold."""

    uses: Sequence[Collection[str]]
    sizes: Mapping[str, int]
    limits: Sequence[int]

    def distance(self, step: int, name: str, order: Order) -> int:
        """Steps to the next use, or back to the last one."""
        sign = 1 if order == "farthest_next_use" else -1
        ways = range(1, len(self.uses) + 1)
        return next(away for away in ways if name in self.uses[(step + sign * away) % len(self.uses)])


def steady(visits: Visits, order: Order) -> Steady:
    """Follow one order of eviction until it repeats itself."""
    resident: frozenset[str] = frozenset()
    history: list[frozenset[str]] = []
    moved: list[int] = []
    seen: dict[frozenset[str], int] = {}
    while resident not in seen:
        if history:  # nothing has been used before the first cycle, so that it tells nothing of the later ones
            seen[resident] = len(history)
        for step in range(len(visits.uses)):
            missing = frozenset(visits.uses[step]) - resident
            resident = _entered(visits, resident | missing, step, order)
            history.append(resident)
            moved.append(sum(visits.sizes[name] for name in missing))
    begin = seen[resident]
    return Steady(tuple(history[begin:]), (len(history) - begin) // len(visits.uses), sum(moved[begin:]))


def _entered(visits: Visits, crowd: frozenset[str], step: int, order: Order) -> frozenset[str]:
    """Who is left of a crowd when enough have gone for the step."""
    too_much = sum(visits.sizes[name] for name in crowd) - visits.limits[step]
    if too_much <= 0:
        return crowd
    away = {name: visits.distance(step, name, order) for name in crowd.difference(visits.uses[step])}
    gone = set()
    for name in sorted(away, key=lambda name: (-away[name], -visits.sizes[name], name)):
        gone.add(name)
        too_much -= visits.sizes[name]
        if too_much <= 0:
            break
    return crowd - gone
