"""When modules of a cycle lie idle, and how much room each step leaves them: what there is to choose in a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Gap(NamedTuple):
    """The steps between two uses of a module. A chunk stays through all of them, or leaves and comes back."""

    module: str
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    nbytes: int


@dataclass(frozen=True)
class GapProblem:
    """Which bytes should stay in which gaps? `rooms`: bytes that each step leaves to idle modules (>= 0)."""

    gaps: tuple[Gap, ...]
    rooms: tuple[int, ...]

    @cached_property
    def smallest(self) -> tuple[int, ...]:
        """Bytes of the smallest chunk of each gap."""
        return tuple(min(gap.sizes) for gap in self.gaps)

    def idle(self) -> tuple[tuple[int, ...], ...]:
        """For each step the gaps that run through it, by their index."""
        found: list[list[int]] = [[] for _ in self.rooms]
        for index, gap in enumerate(self.gaps):
            for step in gap.steps:
                found[step].append(index)
        return tuple(map(tuple, found))

    def crowded(self) -> dict[tuple[int, ...], int]:
        """Gaps that cannot all stay whole together -> the least room they share."""
        rooms: dict[tuple[int, ...], int] = {}
        for together, room in zip(self.idle(), self.rooms, strict=True):
            if sum(self.gaps[index].nbytes for index in together) > room:
                rooms[together] = min(room, rooms.get(together, room))
        return rooms


def find_gaps(uses: Sequence[Collection[str]], chunks: Mapping[str, tuple[int, ...]]) -> Iterator[Gap]:
    """The gaps of each module in `chunks`; `uses` are the modules of each step of a cycle. Empty gaps are left out."""
    positions: dict[str, list[int]] = {}
    for step, modules in enumerate(uses):
        for name in modules:
            positions.setdefault(name, []).append(step)
    for name, sizes in chunks.items():
        used = positions.get(name, [])
        for left, back in zip(used, [*used[1:], *(step + len(uses) for step in used[:1])], strict=True):
            if back - left > 1:
                yield Gap(name, sizes, tuple(step % len(uses) for step in range(left + 1, back)), sum(sizes))
