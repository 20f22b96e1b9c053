"""Laws of the memory manager under any order of holds, releases, failures, cancellations."""

import asyncio
import contextvars

from fake_modules import House, settle
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from redheart.errors import BudgetError, CheckpointError
from redheart.memory.budgets import MIB
from redheart.types.residency import SwapPriority

BUDGET_MIB = 12
LETTERS = "ABCDEFGH"


class MemoryLaws(RuleBasedStateMachine):
    """Any number of holders, of which each is its own task."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = House(BUDGET_MIB)
        self.backbone_seen: set[str] = set()
        self.leased: dict[str, int] = {}

    def run(self, work):
        return self.runner.run(work, context=contextvars.copy_context())

    def wants(self, picks) -> frozenset[str]:
        known = sorted(self.house.modules)
        return frozenset(known[pick % len(known)] for pick in picks)

    def size(self, names) -> int:
        return sum(self.house.modules[name].nbytes for name in names)

    def pinned(self) -> set[str]:
        return self.backbone_seen | {name for name, leases in self.leased.items() if leases}

    @precondition(lambda self: len(self.house.modules) < len(LETTERS))
    @rule(mib=st.integers(1, 6), priority=st.sampled_from(SwapPriority))
    def register(self, mib, priority):
        self.house.add(LETTERS[len(self.house.modules)], mib, priority)

    @precondition(lambda self: self.house.modules)
    @rule(target=holds, picks=st.lists(st.integers(0, 7), min_size=1, max_size=3))
    def hold(self, picks):
        names = self.wants(picks)
        context = self.house.memory.hold(*names)
        if self.size(names | self.backbone_seen) > BUDGET_MIB * MIB:
            self.refused(context, BudgetError)
            return multiple()
        if self.size(names | self.pinned()) > BUDGET_MIB * MIB:
            self.waits_and_is_cancelled(context)
            return multiple()
        self.run(context.__aenter__())
        self.note(names, +1)
        return context, names

    @precondition(lambda self: self.house.modules)
    @rule(picks=st.lists(st.integers(0, 7), min_size=1, max_size=3), broken=st.integers(0, 7))
    def hold_a_broken_module(self, picks, broken):
        names = self.wants([*picks, broken])
        missing = names - set(self.house.memory.resident())
        if not missing or self.size(names | self.pinned()) > BUDGET_MIB * MIB:
            return
        module = self.house.modules[sorted(missing)[broken % len(missing)]]
        module.broken = True
        self.refused(self.house.memory.hold(*names), CheckpointError)
        module.broken = False

    @rule(held=consumes(holds))
    def release(self, held):
        context, names = held
        self.run(context.__aexit__(None, None, None))
        self.note(names, -1)

    def refused(self, context, kind):
        former = self.house.memory.resident()
        try:
            self.run(context.__aenter__())
        except kind:
            assert self.house.memory.resident() == former
        else:
            raise AssertionError(f"{kind.__name__} was due")

    def waits_and_is_cancelled(self, context):
        async def wait_then_leave():
            task = asyncio.create_task(context.__aenter__())
            await settle()
            assert not task.done(), "a hold that does not fit was let in"
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

        former = self.house.memory.resident()
        self.run(wait_then_leave())
        assert self.house.memory.resident() == former

    def note(self, names, change):
        for name in names:
            self.leased[name] = self.leased.get(name, 0) + change
        modules = self.house.modules
        self.backbone_seen |= {name for name in names if modules[name].priority is SwapPriority.BACKBONE}

    @invariant()
    def promises_and_bytes_stay_within_the_budget(self):
        ledger = self.house.memory.ledger
        assert ledger.reserved == 0
        assert 0 <= ledger.committed <= ledger.peak_committed <= BUDGET_MIB * MIB

    @invariant()
    def ledger_agrees_with_the_device(self):
        ledger = self.house.memory.ledger
        assert set(ledger.resident()) == set(self.house.device.loaded)
        assert ledger.committed == sum(self.house.device.loaded.values())
        assert ledger.counters.bytes_in - ledger.counters.bytes_freed == ledger.committed

    @invariant()
    def leased_and_backbone_modules_are_resident(self):
        assert self.pinned() <= set(self.house.device.loaded)

    @invariant()
    def leases_are_counted(self):
        for name in self.house.modules:
            assert self.house.leases(name) == self.leased.get(name, 0)

    def teardown(self):
        self.runner.close()


TestMemoryLaws = MemoryLaws.TestCase
TestMemoryLaws.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
