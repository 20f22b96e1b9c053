"""The generous policy: what has come in stays in."""

from redheart.errors import BudgetError
from redheart.memory.budgets import mib
from redheart.memory.ledger import Snapshot


class Direct:
    """Never evicts. For budgets that hold everything at once."""

    name = "direct"

    def victims(self, snapshot: Snapshot, needed: frozenset[str]) -> tuple[str, ...]:
        """Nobody. Raises BudgetError if the missing modules do not fit beside the residents."""
        shortage = snapshot.shortage(needed)
        if shortage:
            missing = ", ".join(f"'{module.name}' ({mib(module.nbytes)})" for module in snapshot.missing(needed))
            raise BudgetError(
                f"{missing} would not fit: {mib(snapshot.room)} of {mib(snapshot.budget)} are free, and the policy "
                f"'direct' never evicts. Set memory.policy to 'dynamic_swap', or raise the budget by {mib(shortage)}."
            )
        return ()
