"""Eviction policies by name. Each is pure: a snapshot of the ledger in, the names to evict out."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final, Protocol

from redheart.errors import ConfigError
from redheart.memory.ledger import Snapshot
from redheart.memory.policies.direct import Direct
from redheart.memory.policies.dynamic_swap import DynamicSwap
from redheart.memory.policies.system_swap import SystemSwap


class Policy(Protocol):
    """Says who must leave so that the missing ones of `needed` can come in."""

    name: str

    def victims(self, snapshot: Snapshot, needed: frozenset[str]) -> tuple[str, ...]:
        """Names to evict, first to go first. Too few means: wait for leases to come back. May raise BudgetError."""
        ...


POLICIES: Final[dict[str, type[Policy]]] = {
    SystemSwap.name: SystemSwap,
    DynamicSwap.name: DynamicSwap,
    Direct.name: Direct,
}


def policy_named(name: str) -> Policy:
    """A policy by its name in the settings. Raises ConfigError for an unknown one."""
    if name not in POLICIES:
        near = get_close_matches(name, POLICIES, 1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"unknown memory policy '{name}'.{hint} Choose one of: {', '.join(POLICIES)}.")
    return POLICIES[name]()
