"""Why a module is where it is, in a few plain sentences made of what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redheart.memory.budgets import budget_setting, mib
from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import Ledger
from redheart.memory.plan import Outlook
from redheart.memory.states import OFF_PLAN, ModuleState
from redheart.types.residency import SwapPriority

_ARRIVALS: Final = frozenset({"load", "prefetch", "rollback"})
_LOSSES: Final = frozenset({"evict", "revoke"})
_REFUSALS: Final = frozenset({"refuse", "wait"})


def explain(journal: Journal, ledger: Ledger, module: str, outlook: Outlook = OFF_PLAN) -> str:
    """One to four sentences: where the module is, why, when it is next used, what would have kept or admitted it.

    Raises ConfigError for an unknown module.
    """
    state = ledger[module]
    decisions = tuple(journal)
    last = _last(decisions, state)
    sentences = (
        _place(state),
        _reason(decisions, last, journal),
        _next_use(state, outlook),
        _mend(decisions, last, ledger),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _last(decisions: Sequence[Decision], state: ModuleState) -> int | None:
    """Place of the newest decision that says why a module is where it is: what is all in was not kept out."""
    telling = _ARRIVALS if state.whole else _ARRIVALS | _LOSSES | _REFUSALS
    places = range(len(decisions) - 1, -1, -1)
    return next((i for i in places if decisions[i].module == state.name and decisions[i].kind in telling), None)


def _place(state: ModuleState) -> str:
    total, chunks = mib(state.nbytes), _chunks(len(state.chunks))
    if state.whole:
        return f"'{state.name}' is in memory, all of it ({total}, {chunks}){_held(state)}."
    if state.reserved:
        return f"'{state.name}' is on its way: {_of(state)}, and {mib(state.size(state.reserved))} are promised to it."
    if state.resident:
        return f"'{state.name}' is in memory in part: {_of(state)}{_held(state)}."
    return f"'{state.name}' is not in memory ({total}, {chunks})."


def _of(state: ModuleState) -> str:
    within = f"{mib(state.size(state.resident))} of {mib(state.nbytes)}"
    return f"{len(state.resident)} of {_chunks(len(state.chunks))} are in, {within}"


def _held(state: ModuleState) -> str:
    if state.leases:
        return f", and cannot leave: {state.leases} {'holder uses' if state.leases == 1 else 'holders use'} it now"
    if state.priority is SwapPriority.BACKBONE:
        return ", and never leaves: its priority is BACKBONE"
    return ""


def _reason(decisions: Sequence[Decision], last: int | None, journal: Journal) -> str:
    if last is None:
        forgotten = sum(journal.counts.values()) - len(decisions)
        if forgotten:
            return f"Nothing was decided about it lately; the {forgotten} oldest decisions are no longer kept."
        return "Nobody has asked for it yet: nothing is loaded before its first use."
    decision = decisions[last]
    if decision.kind in _LOSSES:
        return _loss(decisions, last)
    if decision.kind == "refuse":
        return f"It was refused{_during(decision)}: {_rest(decision)}."
    if decision.kind == "wait":
        return f"It waits{_during(decision)}: {_rest(decision)}."
    verb = {"prefetch": "was brought ahead of time", "rollback": "was brought back"}.get(decision.kind, "came in")
    return f"It {verb}{_during(decision)}{_moved(decision)}: {_rest(decision)}."


def _loss(decisions: Sequence[Decision], last: int) -> str:
    decision, needer = decisions[last], _needer(decisions, last)
    verb = "taken back" if decision.kind == "revoke" else "evicted"
    sentence = f"{mib(decision.nbytes)} of it were {verb}{_during(decision)}: {_rest(decision)}"
    if needer is None or f"'{needer.module}'" in decision.reason:
        return f"{sentence}."
    free = f", when {mib(decision.room_before)} were free" if decision.room_before is not None else ""
    return f"{sentence}; '{needer.module}' needed the room{free}."


def _needer(decisions: Sequence[Decision], last: int) -> Decision | None:
    """Who came in where this one went: the next to arrive, if it is another module."""
    arrivals = (decision for decision in decisions[last + 1 :] if decision.kind in _ARRIVALS and decision.module)
    first = next(arrivals, None)
    return None if first is None or first.module == decisions[last].module else first


def _next_use(state: ModuleState, outlook: Outlook) -> str:
    steps = outlook.next_use.get(state.name)
    if steps is None:
        return "By the plan no step needs it again." if outlook.step else ""
    if steps == 0:
        return "The present step needs it."
    return f"By the plan it is needed again in {steps} {'step' if steps == 1 else 'steps'}."


def _mend(decisions: Sequence[Decision], last: int | None, ledger: Ledger) -> str:
    """What would have kept what went; a refusal says its own mend, and what is there needs none."""
    if last is None or decisions[last].kind not in _LOSSES:
        return ""
    needer = _needer(decisions, last)
    if needer is None or needer.room_after is None:
        return "Its name in memory.resident would have kept it."
    missing, setting = decisions[last].nbytes - needer.room_after, budget_setting(ledger.tier)
    if missing <= 0:
        return f"{mib(needer.room_after)} were still free afterwards: it left by the policy, not for want of room."
    return f"{mib(missing)} more in {setting}, or its name in memory.resident, would have kept it."


def _rest(decision: Decision) -> str:
    return decision.reason.rstrip(".") or "no reason was written down"


def _during(decision: Decision) -> str:
    return f" during step '{decision.step}'" if decision.step else ""


def _moved(decision: Decision) -> str:
    size = f" ({mib(decision.nbytes)}" if decision.nbytes else ""
    took = f" in {decision.actual_s * 1000:.0f} ms" if decision.actual_s is not None else ""
    return f"{size}{took})" if size else ""


def _chunks(count: int) -> str:
    return f"{count} {'chunk' if count == 1 else 'chunks'}"
