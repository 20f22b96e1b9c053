"""The tidy policy: everything idle leaves before anything new comes."""

from redheart.memory.ledger import Snapshot


class SystemSwap:
    """Evicts whatever is idle and not needed."""

    name = "system_swap"

    def victims(self, snapshot: Snapshot, needed: frozenset[str]) -> tuple[str, ...]:
        """All spare modules, in order of registration; none if nothing is missing."""
        if not snapshot.missing(needed):
            return ()
        return tuple(module.name for module in snapshot.spare(needed))
