"""Eviction policies by name. Each is pure: a snapshot of the ledger in, the chunks to evict out."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final, Protocol

from redheart.errors import ConfigError
from redheart.memory.policies.direct import Direct
from redheart.memory.policies.dynamic_swap import DynamicSwap
from redheart.memory.policies.system_swap import SystemSwap
from redheart.memory.states import Piece, Snapshot


class Policy(Protocol):
    """Says which chunks must leave so that the missing ones of `needed` can come in."""

    name: str

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """Chunks to evict, first to go first; none of `needed`, all evictable. `shortage` bytes must be freed (>= 0).

        Too few means: wait for leases to come back. May raise BudgetError.
        """
        ...


POLICIES: Final[dict[str, type[Policy]]] = {
    SystemSwap.name: SystemSwap,
    DynamicSwap.name: DynamicSwap,
    Direct.name: Direct,
}
AUTO: Final = "auto"


def policy_for(name: str, total_bytes: int, budget: int) -> Policy:
    """A policy by its name in the settings; 'auto' is 'direct' where all the bytes fit at once, else 'dynamic_swap'.

    `total_bytes` is all that the working tier would hold, working memory included. Raises ConfigError.
    """
    if name == AUTO:
        return Direct() if total_bytes <= budget else DynamicSwap()
    return policy_named(name)


def policy_named(name: str) -> Policy:
    """One of the three by its name. Raises ConfigError for an unknown one."""
    if name not in POLICIES:
        known = (*POLICIES, AUTO)
        near = get_close_matches(name, known, 1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"unknown memory policy '{name}'.{hint} Choose one of: {', '.join(known)}.")
    return POLICIES[name]()
