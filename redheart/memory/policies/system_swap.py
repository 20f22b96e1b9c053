"""The tidy policy: everything idle leaves before anything new comes."""

from redheart.memory.states import Piece, Snapshot


class SystemSwap:
    """Evicts whatever is idle and not needed."""

    name = "system_swap"

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """All spare chunks, in order of registration, late chunks first; none if nothing is missing."""
        if shortage <= 0 and not snapshot.missing(needed):
            return ()
        return tuple(
            Piece(module.name, chunk)
            for module in snapshot.spare(needed)
            for chunk in sorted(module.resident, reverse=True)
        )
