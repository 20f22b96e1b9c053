"""Where the manager stands on the cycle of steps, with the plan made for it."""

from __future__ import annotations

from contextlib import suppress

from redheart.blocking import run_blocking
from redheart.errors import BudgetError, ConfigError
from redheart.memory.ledger import CONTEXT, WORK, Ledger
from redheart.memory.plan import Cycle, Outlook, ResidencyPlan, solve
from redheart.memory.states import OFF_PLAN


class Route:
    """Follows a cycle. `plan` is None before it is made, and where no plan is possible: then nothing is foreseen."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._cycle: Cycle | None = None
        self._solved_for: int | None = None
        self._on_plan = False
        self.plan: ResidencyPlan | None = None
        self.position = 0

    def follow(self, cycle: Cycle) -> None:
        """Begin a cycle at its first step."""
        self._cycle, self.plan, self._solved_for = cycle, None, None
        self.position, self._on_plan = 0, False

    def enter(self, step: str) -> frozenset[str]:
        """Go on to the next step of that name; what it needs. Raises ConfigError for an unknown one."""
        steps = self._cycle.steps if self._cycle is not None else ()
        span = len(self.plan.keep) if self.plan is not None else len(steps)
        order = [(self.position + ahead) % span for ahead in range(span)]
        found = next((position for position in order if steps[position % len(steps)].name == step), None)
        if found is None:
            known = ", ".join(step.name for step in steps) or "none: no cycle is followed"
            raise ConfigError(f"unknown step '{step}'. Steps of the plan: {known}.")
        self.position, self._on_plan = found, True
        return steps[found % len(steps)].modules

    @property
    def is_planned(self) -> bool:
        """True if `make_plan` has nothing to do."""
        return self._cycle is None or self._capacity() == self._solved_for

    async def make_plan(self) -> None:
        """Solve for what is left beside the lines of others; again when that has changed."""
        cycle, capacity = self._cycle, self._capacity()
        if cycle is None or self.is_planned:
            return
        plan: ResidencyPlan | None = None
        # One step alone may be too large: the hold that asks for it says so, and others go on off plan.
        with suppress(BudgetError):
            plan = await run_blocking(solve, cycle, capacity)
        if cycle is self._cycle:  # else another one was begun meanwhile
            self.plan, self._solved_for = plan, capacity
            self.position %= len(cycle.steps)  # a new plan may span fewer cycles

    def reach(self, needed: frozenset[str]) -> None:
        """Somebody asks for these: find the step, from the present one on; off plan if no step has them all."""
        found = self.plan.position_of(needed, self.position) if self.plan is not None else None
        self._on_plan = found is not None
        if found is not None:
            self.position = found

    @property
    def step(self) -> str:
        """Name of the present step; "" off plan."""
        if self._cycle is None or not self._on_plan:
            return ""
        return self._cycle.steps[self.position % len(self._cycle.steps)].name

    def outlook(self) -> Outlook:
        """What the plan says now; off plan just when each module is needed again."""
        if self.plan is None:
            return OFF_PLAN
        outlook = self.plan.outlook(self.position)
        return outlook if self._on_plan else Outlook(next_use=outlook.next_use)

    def _capacity(self) -> int:
        lines = self._ledger.account.lines.items()
        aside = sum(nbytes for name, nbytes in lines if name not in (WORK, CONTEXT))  # these two are in the steps
        return self._ledger.budget - aside
