"""Rows that count as right only together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import numpy as np

from redheart.training.data import Row
from redheart.training.evaluation.task import Group

_NUMBERED: Final = re.compile(r"(.*?)(\d+)")


def groups_of(rows: Sequence[Row], lines: Sequence[int], group: Group) -> tuple[np.ndarray, ...]:
    """Row numbers of each group, in order.

    Rows are ordered by the numbers at the end of their ids, by their lines where an id has none. (1) If these numbers,
    counted from 1 or from 0, fall into whole blocks of the group's size, the blocks are the groups. (2) Else, as in a
    part of a larger set, rows with neighbouring numbers whose texts begin alike are cut into groups; rows that are too
    few for one are in none.
    """
    places = [_NUMBERED.fullmatch(row.id) for row in rows]
    if all(places):
        keys = [(place[1], int(place[2])) for place in places if place]
    else:
        rank = {line: at for at, line in enumerate(sorted(lines))}
        keys = [("", rank[line]) for line in lines]
    order = sorted(range(len(rows)), key=lambda at: keys[at])
    for first in (1, 0):  # (1)
        blocks = _cut(order, _block(keys, first, group.size))
        if all(len(block) == group.size for block in blocks):
            return tuple(np.array(block) for block in blocks)
    alike = _cut(order, lambda at: rows[at].text[: group.share])  # (2)
    runs = [run for each in alike for run in _neighbours(each, keys)]
    return tuple(
        np.array(run[at : at + group.size])
        for run in runs
        for at in range(0, len(run) - group.size + 1, group.size)
    )  # fmt: skip


def _cut(order: Sequence[int], key: Callable[[int], object]) -> list[list[int]]:
    """Where the key changes."""
    return [list(same) for _, same in groupby(order, key=key)]


def _block(keys: Sequence[tuple[str, int]], first: int, size: int) -> Callable[[int], object]:
    """The block that a row is in when numbers are counted from `first`."""
    return lambda at: (keys[at][0], (keys[at][1] - first) // size)


def _neighbours(places: Sequence[int], keys: Sequence[tuple[str, int]]) -> list[list[int]]:
    """Cut where a number does not follow the one before."""
    runs: list[list[int]] = []
    for at in places:
        before = runs[-1][-1] if runs else None
        if before is not None and keys[before] == (keys[at][0], keys[at][1] - 1):
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs
