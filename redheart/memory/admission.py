"""Whether a hold may come in now: what must move for it, or that it must wait, or that it never can."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from redheart.errors import BudgetError
from redheart.memory.budgets import Budgets, mib
from redheart.memory.ledger import WORK, Ledger
from redheart.memory.policies import Policy
from redheart.memory.reasons import listed
from redheart.memory.states import Piece, Snapshot
from redheart.types.residency import SwapPriority, Work


@dataclass(frozen=True, slots=True)
class Request:
    """One hold that asks: the modules with all they require, its working memory, what its caller holds already."""

    needed: frozenset[str]
    work: Work
    own: Counter[str]
    own_work: int = 0
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What admits a request: chunks to evict, chunks to bring, and the work that fits beside them."""

    victims: tuple[Piece, ...]
    pieces: tuple[Piece, ...]
    work: Work


def decide(request: Request, snapshot: Snapshot, policy: Policy, budgets: Budgets) -> Move | None:
    """(1) it fits, perhaps after evicting: the move. (2) somebody else's lease may end: None, wait. (3) with less work
    at once it fits: that move. (4) else raises BudgetError: waiting could not help.
    """
    others = snapshot.work > request.own_work or any(
        module.leases > request.own[module.name] for module in snapshot.modules
    )
    work = request.work
    while True:
        refusal: BudgetError | None = None
        try:
            victims = _victims(request.needed, work, snapshot, policy)
        except BudgetError as error:
            victims, refusal = None, error
        if victims is not None:  # (1), (3)
            return Move(victims, _absent(request.needed, snapshot), work)
        if others:  # (2)
            return None
        if work.items == 1:  # (4)
            raise refusal or _too_little(request.needed, policy, budgets)
        work = work.halved()


def refuse_what_never_fits(request: Request, ledger: Ledger, budgets: Budgets) -> None:
    """Raises BudgetError if even an idle machine could not admit it.

    BACKBONE residents stay, and so does what the caller itself holds, and what is set aside: no waiting frees that.
    """
    snapshot = ledger.snapshot()
    pinned = {
        module.name
        for module in snapshot.modules
        if module.resident and (module.name in request.own or module.priority is SwapPriority.BACKBONE)
    }
    together = pinned | request.needed
    size = sum(ledger[name].nbytes for name in together)
    work = replace(request.work, items=1).nbytes + request.own_work
    aside = {name: nbytes for name, nbytes in ledger.account.lines.items() if name != WORK}
    if size + work + sum(aside.values()) > budgets.nbytes:
        raise BudgetError(_never(together, size, work, aside, budgets))


def _never(together: set[str] | frozenset[str], size: int, work: int, aside: dict[str, int], budgets: Budgets) -> str:
    where = "in memory together" if len(together) > 1 else "in memory"
    beside = f", with {mib(work)} to work in" if work else ""
    lines = "".join(f", beside {mib(nbytes)} for '{name}'" for name, nbytes in aside.items())
    return (
        f"{listed(together)} must be {where}: {mib(size)}{beside}{lines}, but the budget is {mib(budgets.nbytes)}. "
        f"Raise {budgets.setting}, or choose a larger memory mode."
    )


def _victims(needed: frozenset[str], work: Work, snapshot: Snapshot, policy: Policy) -> tuple[Piece, ...] | None:
    """Who must leave; None if that would be too little. Raises BudgetError where the policy refuses."""
    shortage = snapshot.shortage(needed, work.nbytes)
    victims = policy.victims(snapshot, needed, shortage)
    _refuse_protected(victims, snapshot, needed, policy)
    return victims if snapshot.bytes_of(victims) >= shortage else None


def _refuse_protected(victims: tuple[Piece, ...], snapshot: Snapshot, needed: frozenset[str], policy: Policy) -> None:
    if not victims:
        return
    residents = {module.name: module.resident for module in snapshot.spare(needed)}
    if any(chunk not in residents.get(module, frozenset()) for module, chunk in victims):
        raise RuntimeError(f"policy '{policy.name}' chose {victims}, not all of which may be evicted")


def _absent(needed: frozenset[str], snapshot: Snapshot) -> tuple[Piece, ...]:
    return tuple(Piece(module.name, chunk) for module in snapshot.missing(needed) for chunk in module.absent)


def _too_little(needed: frozenset[str], policy: Policy, budgets: Budgets) -> BudgetError:
    return BudgetError(
        f"policy '{policy.name}' frees too little for {listed(needed)}, and nobody else holds a lease. "
        f"Raise {budgets.setting}, or choose another memory.policy."
    )
