"""The generous policy: what has come in stays in."""

from redheart.errors import BudgetError
from redheart.memory.budgets import mib
from redheart.memory.states import Piece, Snapshot


class Direct:
    """Never evicts. For budgets that hold everything at once."""

    name = "direct"

    def victims(self, snapshot: Snapshot, needed: frozenset[str], shortage: int) -> tuple[Piece, ...]:
        """Nobody. Raises BudgetError if something is short."""
        if shortage > 0:
            missing = [f"'{module.name}' ({mib(module.absent_bytes)})" for module in snapshot.missing(needed)]
            raise BudgetError(
                f"{', '.join(missing) or 'working memory'} would not fit: {mib(max(0, snapshot.room))} of "
                f"{mib(snapshot.budget)} are free, and the policy 'direct' never evicts. Set memory.policy to "
                f"'dynamic_swap', or raise the budget by {mib(shortage)}."
            )
        return ()
