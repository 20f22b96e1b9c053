"""How long the manager takes to decide who leaves, and whether diffusers' search finds fewer bytes."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redheart.benchmarks.memory import diffusers_search
from redheart.benchmarks.memory.random_ledger import crowded_ledger, idle_ledger, random_size
from redheart.benchmarks.memory.rows import DecisionRow
from redheart.benchmarks.memory.samples import percentile, seconds_of
from redheart.errors import BudgetError
from redheart.memory.admission import Move, Request, decide, refuse_what_never_fits
from redheart.memory.budgets import Budgets
from redheart.memory.ledger import Ledger
from redheart.memory.policies import Policy, policy_named
from redheart.types.residency import Work

SIZES: Final = (4, 8, 16, 20, 22, 100, 1000)
LEDGERS: Final = 20  # each is decided upon many times, its order of last use changed in between
WANTED: Final = 50  # absent modules of a ledger that are asked for, again and again
SEED: Final = 20261121
POLICY: Final = "dynamic_swap"
#: Needs put to both searches, by modules in; above 16 diffusers takes a second and more for each.
NEEDS: Final = {4: 50, 8: 50, 16: 10, 20: 1, 22: 1}
REPEATS: Final = 50  # of our own decision on each of those needs


def decision_rows(
    samples: int, note: Callable[[str], None], sizes: Sequence[int] = SIZES, seed: int = SEED
) -> Iterator[DecisionRow]:
    """One row a number of modules, each from `samples` decisions or a few more."""
    known = diffusers_search.available()
    if not known:
        note(f"diffusers is not installed, so its search was not run: {diffusers_search.INSTALL}")
    for modules in sizes:
        times = decision_seconds(modules, samples, seed)
        row = DecisionRow(modules, percentile(times, 0.5) * 1e3, percentile(times, 0.99) * 1e3, len(times))
        yield _compared(row, seed) if known and modules <= diffusers_search.LARGEST else row


def decision(ledger: Ledger, policy: Policy, name: str) -> Move | None:
    """One decision as a hold takes it: all that the module requires, whether it can ever fit, who leaves for it.

    None means: wait. Raises BudgetError for what never fits.
    """
    request = Request(ledger.known((name,)), Work(), Counter())
    budgets = Budgets(ledger.tier, ledger.budget)
    refuse_what_never_fits(request, ledger, budgets)
    return decide(request, ledger.snapshot(), policy, budgets)


def decision_seconds(modules: int, samples: int, seed: int) -> list[float]:
    """Seconds of each decision, over random ledgers."""
    draw, policy = random.Random(f"{seed}/{modules}"), policy_named(POLICY)
    times: list[float] = []
    while len(times) < samples:
        times += _on_one_ledger(crowded_ledger(modules, draw), policy, -(-samples // LEDGERS), draw)
    return times


def _on_one_ledger(ledger: Ledger, policy: Policy, times: int, draw: random.Random) -> Iterator[float]:
    """Nothing for a ledger whose absent modules can never fit."""
    states = ledger.snapshot().modules
    absent = [state.name for state in states if not state.whole]
    wanted = [name for name in draw.sample(absent, min(WANTED, len(absent))) if _may_fit(ledger, policy, name)]
    idle = [state.name for state in states if state.whole]
    for _ in range(times if wanted else 0):
        _use(ledger, draw.choice(idle))
        name = draw.choice(wanted)
        begun = time.perf_counter()
        decision(ledger, policy, name)
        yield time.perf_counter() - begun


def _may_fit(ledger: Ledger, policy: Policy, name: str) -> bool:
    try:
        decision(ledger, policy, name)
    except BudgetError:
        return False
    return True


def _use(ledger: Ledger, name: str) -> None:
    ledger.lease([name])
    ledger.release([name])


# -- beside diffusers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duel:
    """One need put to both: bytes that come in, bytes that each evicts, seconds that each takes."""

    wanted: int
    our_bytes: int
    its_bytes: int
    our_s: float
    its_s: float


def _compared(row: DecisionRow, seed: int) -> DecisionRow:
    duels = [duel(row.modules, f"{seed}/{row.modules}/{index}") for index in range(NEEDS.get(row.modules, 1))]
    ours, its = (statistics.median(times) for times in zip(*((d.our_s, d.its_s) for d in duels), strict=True))
    return replace(
        row,
        diffusers_ms=its * 1e3,
        times_faster=its / ours,
        needs=len(duels),
        our_bytes=sum(duel.our_bytes for duel in duels),
        diffusers_bytes=sum(duel.its_bytes for duel in duels),
        never_more=all(duel.our_bytes <= duel.its_bytes for duel in duels),
        our_moved_bytes=sum(duel.wanted for duel in duels),
        diffusers_moved_bytes=sum(duel.wanted + duel.its_bytes for duel in duels),
    )


def duel(modules: int, seed: str) -> Duel:
    """`modules` idle ones fill the device; another one, no larger than half of them together, must come in."""
    draw = random.Random(seed)
    resident = [random_size(draw) for _ in range(modules)]
    wanted = min(random_size(draw), sum(resident) // 2)
    ledger, policy = idle_ledger(resident, wanted), policy_named(POLICY)
    times = [seconds_of(lambda: decision(ledger, policy, "wanted")) for _ in range(REPEATS)]
    move = decision(ledger, policy, "wanted")
    assert move is not None  # nobody leases anything
    its = diffusers_search.search(resident, wanted)
    its_bytes = sum(resident[index] for index in its.evicted)
    return Duel(wanted, ledger.size(move.victims), its_bytes, statistics.median(times), its.seconds)
