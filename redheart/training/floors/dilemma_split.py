"""A split of pairs that shares no action: what hangs together by a common action stays on one side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from redheart.errors import InputError
from redheart.training.data import Row

DEV_SHARE = 0.15  # reached by whole groups, the smallest first


def dev_places(rows: Sequence[Row]) -> list[int]:
    """Which rows are dev. Rows that share an action, directly or through other rows, form a group.

    Raises InputError where all rows hang together, so that no such split exists.
    """
    groups = _groups(rows)
    sizes = sorted(Counter(groups).items(), key=lambda group: (group[1], group[0]))
    dev: set[str] = set()
    taken = 0
    for name, size in sizes[:-1]:
        if taken < DEV_SHARE * len(rows):
            dev.add(name)
            taken += size
    if not dev:
        raise InputError(f"'{len(rows)}' pairs hang together by their actions: none can be set apart. Give more.")
    return [place for place, group in enumerate(groups) if group in dev]


def _groups(rows: Sequence[Row]) -> list[str]:
    """The name of each row's group: the least of its actions."""
    parent: dict[str, str] = {}

    def root(action: str) -> str:
        parent.setdefault(action, action)
        while parent[action] != action:
            parent[action] = parent[parent[action]]
            action = parent[action]
        return action

    for row in rows:
        one, other = sorted((root(row.text), root(row.text_b or "")))
        parent[other] = one
    return [root(row.text) for row in rows]
