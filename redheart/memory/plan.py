"""The known cycle of steps, and which chunks to keep through it so that the fewest bytes move. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from redheart.errors import BudgetError, ConfigError
from redheart.memory.budgets import mib
from redheart.memory.search.chunk_search import Kept, Packing, from_shares, from_whole
from redheart.memory.search.gaps import GapProblem, find_gaps
from redheart.memory.search.greedy import ORDERS, Steady, Visits, steady
from redheart.memory.search.linear_bound import Relaxed, relax
from redheart.memory.search.whole_search import Whole, better_whole_gaps

#: Modules times steps up to which the usual orders of eviction are followed, to see if they do better than one cycle.
FOLLOWED_USES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the cycle: the modules it needs, and the bytes it needs beside weights."""

    name: str
    modules: frozenset[str]
    work_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Cycle:
    """Steps that repeat for ever. `chunks`: module -> bytes of each chunk. `pinned` modules never leave.

    Raises ConfigError for no steps, or a module that `chunks` does not know.
    """

    steps: tuple[Step, ...]
    chunks: Mapping[str, tuple[int, ...]]
    pinned: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.steps:
            raise ConfigError("a cycle of no steps cannot be planned. Name at least one step.")
        for owner, names in [*((f"step '{step.name}'", step.modules) for step in self.steps), ("pinned", self.pinned)]:
            for name in sorted(names - self.chunks.keys()):
                raise ConfigError(
                    f"{owner} names '{name}', of which no chunks are told. Known: {', '.join(self.chunks)}."
                )

    def needed(self, position: int) -> frozenset[str]:
        """Modules that must be there during a step, pinned ones too."""
        return self.steps[position % len(self.steps)].modules | self.pinned

    def size(self, names: Collection[str]) -> int:
        """Bytes of some modules."""
        return sum(sum(self.chunks[name]) for name in names)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the plan says of the present step. Empty off plan: then nothing is kept and no next use is known."""

    step: str = ""
    keep: Mapping[str, frozenset[int]] = field(default_factory=dict)  # chunks to keep during the step, needed ones too
    next_use: Mapping[str, int] = field(default_factory=dict)  # steps until a module is needed, 0: now; absent: never


@dataclass(frozen=True, slots=True)
class ResidencyPlan:
    """Which chunks are resident during each step of a cycle, and what that costs.

    Positions count the steps; where two or three cycles by turns move less than one, `keep` spans them all, and what
    is told by the step is told for each of them. `bound_bytes`: no plan brings fewer in a cycle, byte by byte.
    """

    cycle: Cycle
    capacity: int
    keep: tuple[Mapping[str, frozenset[int]], ...]
    bound_bytes: float

    @property
    def cycles(self) -> int:
        """Cycles after which the plan repeats."""
        return len(self.keep) // len(self.cycle.steps)

    @property
    def bytes_in(self) -> tuple[int, ...]:
        """Bytes that each position brings in, in the steady state."""
        return tuple(self._bytes_in(position) for position in range(len(self.keep)))

    @property
    def total_in(self) -> float:
        """Bytes brought in by a cycle, on the average of those that the plan spans."""
        return sum(self.bytes_in) / self.cycles

    @property
    def peak(self) -> tuple[int, ...]:
        """Bytes that each position fills, working memory included."""
        return tuple(
            self.cycle.steps[position % len(self.cycle.steps)].work_bytes
            + sum(self._size(name, chunks) for name, chunks in kept.items())
            for position, kept in enumerate(self.keep)
        )

    def outlook(self, position: int) -> Outlook:
        """What the plan says of a position; positions past the end begin anew."""
        position %= len(self.keep)
        next_use: dict[str, int] = {}
        for away in range(len(self.cycle.steps)):
            for name in self.cycle.needed(position + away):
                next_use.setdefault(name, away)
        return Outlook(self.cycle.steps[position % len(self.cycle.steps)].name, self.keep[position], next_use)

    def position_of(self, names: Collection[str], after: int) -> int | None:
        """The first position at or after `after` whose step needs all these modules; None if no step does."""
        wanted = frozenset(names)
        for position in range(after, after + len(self.keep)):
            if wanted <= self.cycle.needed(position):
                return position % len(self.keep)
        return None

    def _bytes_in(self, position: int) -> int:
        before = self.keep[position - 1]
        none: frozenset[int] = frozenset()
        return sum(
            self._size(name, self.keep[position][name] - before.get(name, none))
            for name in self.cycle.steps[position % len(self.cycle.steps)].modules
        )

    def _size(self, name: str, chunks: Collection[int]) -> int:
        sizes = self.cycle.chunks[name]
        return sum(sizes) if len(chunks) == len(sizes) else sum(sizes[chunk] for chunk in chunks)


def solve(cycle: Cycle, capacity: int) -> ResidencyPlan:
    """The plan that brings in the fewest bytes a cycle; evicting writes nothing.

    Never more than the best plan of whole modules, which is sought exactly for a dozen modules and as far as counted
    limits allow for more; nor than evicting whole modules by least recent or farthest next use. Blocks: milliseconds,
    and most of a second once, when the solver is first imported.

    Raises BudgetError if a step alone does not fit into `capacity` bytes.
    """
    plan, least_whole = _planned(cycle, capacity)
    if plan.total_in <= least_whole + 1:
        return plan
    for better in _greedy(cycle, capacity, plan.total_in):
        longer, _ = _planned(cycle, capacity, better)
        plan = min(plan, longer, key=lambda plan: plan.total_in)
    return plan


def _planned(cycle: Cycle, capacity: int, model: Steady | None = None) -> tuple[ResidencyPlan, float]:
    """The best plan of one cycle, or of as many as a model spans, and no worse than it.

    Also the bytes a cycle that any plan of whole modules brings in.
    """
    cycles = model.cycles if model else 1
    movable = {name: sizes for name, sizes in cycle.chunks.items() if name not in cycle.pinned}
    uses = [step.modules for step in cycle.steps] * cycles
    problem = GapProblem(tuple(find_gaps(uses, movable)), _rooms(cycle, capacity) * cycles)
    packed, relaxed, whole = _packed(problem, model)
    plan = ResidencyPlan(cycle, capacity, _keep(cycle, problem, packed.frozen()), 0.0)
    idle = sum(gap.nbytes for gap in problem.gaps)
    # A float that strays above what a plan reaches is no bound.
    bound = max(0.0, min((idle - sum(relaxed.shares)) / cycles, plan.total_in))
    return replace(plan, bound_bytes=bound), (idle - whole.most) / cycles


def _packed(problem: GapProblem, model: Steady | None) -> tuple[Packing, Relaxed, Whole]:
    relaxed = relax([gap.nbytes for gap in problem.gaps], problem.crowded())
    best = from_shares(problem, relaxed.shares)
    if model:
        stays = [all(gap.module in model.residents[step] for step in gap.steps) for gap in problem.gaps]
        best = max(best, from_whole(problem, stays, relaxed.shares), key=lambda packing: packing.nbytes)
    whole = better_whole_gaps(problem, relaxed, best.nbytes)
    if whole.stays is not None:
        best = from_whole(problem, whole.stays, relaxed.shares)
    return best, relaxed, whole


def _rooms(cycle: Cycle, capacity: int) -> tuple[int, ...]:
    """Bytes that each step leaves to modules that it does not need."""
    rooms = []
    for position, step in enumerate(cycle.steps):
        weights = cycle.size(cycle.needed(position))
        if weights + step.work_bytes > capacity:
            names = ", ".join(f"'{name}'" for name in sorted(cycle.needed(position)))
            raise BudgetError(
                f"step '{step.name}' needs {mib(weights + step.work_bytes)} at once ({names}: {mib(weights)}, working "
                f"memory: {mib(step.work_bytes)}), and {mib(capacity)} may be filled. Raise the budget by "
                f"{mib(weights + step.work_bytes - capacity)}, or choose a lower precision or smaller batches."
            )
        rooms.append(capacity - weights - step.work_bytes)
    return tuple(rooms)


def _keep(cycle: Cycle, problem: GapProblem, kept: Kept) -> tuple[Mapping[str, frozenset[int]], ...]:
    whole = {name: frozenset(range(len(sizes))) for name, sizes in cycle.chunks.items()}
    keep = [{name: whole[name] for name in sorted(cycle.needed(at))} for at in range(len(problem.rooms))]
    for gap, chunks in zip(problem.gaps, kept, strict=True):
        for step in gap.steps if chunks else ():
            keep[step][gap.module] = chunks
    return tuple(keep)


def _greedy(cycle: Cycle, capacity: int, nbytes: float) -> list[Steady]:
    """The usual orders of eviction that bring in less than `nbytes` a cycle: possible only over several cycles."""
    if len(cycle.chunks) * len(cycle.steps) > FOLLOWED_USES:
        return []
    uses = [cycle.needed(position) for position in range(len(cycle.steps))]
    sizes = {name: cycle.size([name]) for name in frozenset[str]().union(*uses)}
    visits = Visits(uses, sizes, [capacity - step.work_bytes for step in cycle.steps])
    found = [steady(visits, order) for order in ORDERS]
    return [each for each in found if each.bytes_in < nbytes * each.cycles]
