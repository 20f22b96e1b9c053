"""Laws of the memory manager under any order of holds, releases, phases, prefetches, cancellations, spikes, faults."""

import asyncio
import os

from fake_modules import Holder, House, settle, without_threads
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from redheart.errors import BudgetError
from redheart.memory.budgets import MIB
from redheart.memory.plan import Step
from redheart.memory.states import Piece
from redheart.memory.tiers.simulated import OPERATIONS
from redheart.types.residency import SwapPriority, Work

BUDGET_MIB = 14
LETTERS = "ABCDEFGH"
QUIET = 400  # turns of the loop after which nothing moves any more
module = st.fixed_dictionaries(
    {
        "chunks": st.lists(st.integers(1, 2), min_size=1, max_size=3),
        "requires": st.lists(st.integers(0, 7), max_size=1),
        "kind": st.fixed_dictionaries(
            {
                "priority": st.sampled_from([*SwapPriority][:-1] * 2 + [SwapPriority.BACKBONE]),
                "work_mib": st.integers(0, 1),
                "separable": st.booleans(),
            }
        ),
    }
)
picks = st.lists(st.integers(0, 7), min_size=1, max_size=3)
cycle = st.lists(picks, min_size=1, max_size=4)
turns = st.sampled_from([0, 1, 2, 3, 5, 8, 13, QUIET])


class MemoryLaws(RuleBasedStateMachine):
    """Any number of holders, each its own task, and a device that refuses what it likes."""

    @initialize(
        modules=st.lists(module, min_size=3, max_size=6),
        steps=cycle,
        slack=st.integers(0, 4),
        fragmentation=st.booleans(),
    )
    def build(self, modules, steps, slack, fragmentation):
        self.runner = asyncio.Runner()
        self.runner.run(self.furnish(BUDGET_MIB + slack, fragmentation))
        self.holders: list[Holder] = []
        self.swaps: list[asyncio.Task[None]] = []
        self.steps: list[str] = []
        self.ever_held: set[str] = set()
        self.backbone: set[Piece] = set()
        for given in modules:
            self.register(given)
        self.follow(steps)

    async def furnish(self, device_mib, fragmentation):
        without_threads()
        self.house = House(BUDGET_MIB, "dynamic_swap", device_mib, fragmentation=fragmentation)
        self.ledger, self.device = self.house.ledger, self.house.device

    def go(self, turns):
        self.runner.run(settle(turns))

    def wanted(self, picks) -> list[str]:
        known = sorted(self.house.modules)
        return sorted({known[pick % len(known)] for pick in picks})

    def some(self, candidates, pick):
        return candidates[pick % len(candidates)]

    @property
    def inside(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.inside.is_set() and not holder.task.done()]

    @property
    def waiting(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.waits]

    # -- rules -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.house.modules) < len(LETTERS))
    @rule(given=module)
    def register(self, given):
        required = self.wanted(given["requires"]) if self.house.modules else []
        self.house.add(LETTERS[len(self.house.modules)], *given["chunks"], **given["kind"], requires=required)

    @rule(picks=picks, items=st.integers(0, 6), stream=st.booleans(), turns=turns)
    def hold(self, picks, items, stream, turns):
        self.start(self.wanted(picks), items, stream)
        self.go(turns)

    @rule(picks=picks, stream=st.booleans(), turns=turns)
    def visit(self, picks, stream, turns):
        self.start(self.wanted(picks), stream=stream).let_go.set()
        self.go(turns)

    def start(self, names, items=0, stream=False) -> Holder:
        async def begin() -> Holder:
            work = Work(each=MIB, items=items) if items else None
            return Holder(self.house, *names, work=work, stream=stream)

        holder = self.runner.run(begin())
        self.holders.append(holder)
        return holder

    @precondition(lambda self: self.inside)
    @rule(pick=st.integers(0, 7), turns=turns)
    def release(self, pick, turns):
        self.some(self.inside, pick).let_go.set()
        self.go(turns)

    @precondition(lambda self: self.holders)
    @rule(pick=st.integers(0, 30), turns=turns)
    def cancel(self, pick, turns):
        self.some(self.holders, pick).task.cancel()
        self.go(turns)

    @rule(picks=cycle)
    def follow(self, picks):
        steps = [Step(str(i), frozenset(self.wanted(pick))) for i, pick in enumerate(picks)]
        self.steps = [step.name for step in steps]
        self.house.memory.follow(self.house.memory.cycle(steps))

    @precondition(lambda self: self.steps)
    @rule(pick=st.integers(0, 3), turns=turns)
    def next_phase(self, pick, turns):
        async def swap() -> asyncio.Task[None]:
            return asyncio.create_task(self.house.memory.synchronous_swap(self.some(self.steps, pick)))

        self.swaps.append(self.runner.run(swap()))
        self.go(turns)

    @rule(turns=turns)
    def let_it_run(self, turns):
        self.go(turns)

    @rule(mib=st.sampled_from([0, 0, 0, 3, 8]))
    def spike(self, mib):
        self.device.spike(mib * MIB)

    @rule(operation=st.sampled_from(OPERATIONS))
    def next_call_fails(self, operation):
        self.device.faults.clear()
        self.device.faults.fail_next(operation)

    @precondition(lambda self: not self.house.memory.externals.holdings())
    @rule(mib=st.integers(1, 3))
    def another_process_takes(self, mib):
        self.house.memory.register_external(os.getppid(), "other", mib * MIB)

    @rule(picks=picks, operation=st.sampled_from(OPERATIONS), ahead=st.integers(0, 3), stream=st.booleans())
    def hold_that_fails(self, picks, operation, ahead, stream):
        """Rollback restores: alone in the house, a failed hold leaves the former residents, or tells who is gone."""
        self.go(QUIET)
        if self.waiting:
            return
        former = self.house.residents()
        self.device.spike(0)
        self.device.faults.clear()
        self.device.faults.fail(operation, self.device.faults.calls[operation] + ahead)
        holder = self.start(self.wanted(picks), stream=stream)
        holder.let_go.set()
        self.go(QUIET)
        self.device.faults.clear()
        error = None if not holder.task.done() or holder.task.cancelled() else holder.task.exception()
        if error is not None:
            gone = {piece.module for piece in former - self.house.residents()}
            notes = "".join([*getattr(error, "__notes__", []), *getattr(error.__cause__, "__notes__", [])])
            assert all(f"'{name}' had been evicted" in notes for name in gone), (gone, notes)

    # -- laws --------------------------------------------------------------------------------------------------------

    @property
    def between_moves(self) -> bool:
        return not self.house.memory.mover.lock.locked()

    @invariant()
    def ledger_agrees_with_the_device(self):
        assert self.device.misuses == []
        if self.between_moves:
            self.house.check()

    @invariant()
    def budget_is_kept(self):
        account = self.ledger.account
        outgrown = account.lines.get("external:other", 0)
        assert account.room + outgrown >= 0
        assert min(account.reserved, account.committed, account.budget - account.peak) >= 0

    @invariant()
    def held_modules_are_whole_and_so_is_what_they_require(self):
        for holder in self.inside:
            stream = holder.grant.stream
            if stream is None or (stream.done() and stream.exception() is None):
                for name in holder.names:
                    module = self.house.modules[name]
                    assert len(module.filled) == len(module.chunk_bytes), f"'{name}' is held, and not in"
                    assert module.damaged() == []
                self.ever_held |= holder.names

    @invariant()
    def leases_are_counted(self):
        for name in self.house.modules:
            held = sum(name in holder.names for holder in self.inside)
            leaving = sum(holder.inside.is_set() and name in holder.names for holder in self.holders)
            assert held <= self.house.leases(name) <= leaving

    @invariant()
    def backbone_never_leaves(self):
        inside = self.house.residents() if self.between_moves else self.backbone
        assert self.backbone <= self.house.residents()
        self.backbone |= {p for p in inside if self.house.modules[p.module].priority is SwapPriority.BACKBONE}

    @invariant()
    def no_fewer_bytes_came_than_were_needed(self):
        assert self.device.bytes_in >= sum(self.house.modules[name].nbytes for name in self.ever_held)

    @invariant()
    def errors_are_of_the_kinds_that_were_caused(self):
        for task in [holder.task for holder in self.holders] + self.swaps:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                simulated = "simulated" in f"{error} {error.__cause__}"
                assert simulated or isinstance(error, BudgetError), repr(error)

    @rule()
    def nobody_waits_for_nothing(self):
        """Once nothing moves, who waits first could not come in even if everything idle left."""
        self.go(QUIET)
        assert self.between_moves
        if self.waiting and all(task.done() for task in self.swaps):
            first, snapshot = self.waiting[0], self.ledger.snapshot()
            idle = sum(module.nbytes - module.absent_bytes for module in snapshot.spare(first.names))
            assert snapshot.shortage(first.names, first.work_bytes) > idle
        if not self.inside:
            assert not self.waiting
            assert all(task.done() for task in self.swaps)
            self.house.check_at_rest()

    def teardown(self):
        if not hasattr(self, "runner"):
            return
        for holder in self.holders:
            holder.let_go.set()
        self.go(3 * QUIET)
        assert not self.waiting
        self.errors_are_of_the_kinds_that_were_caused()
        self.house.check_at_rest()
        self.device.faults.clear()
        self.runner.run(self.house.memory.close())
        assert self.device.truth() == 0 or self.house.lost
        assert self.ledger.committed == 0
        self.runner.close()


TestMemoryLaws = MemoryLaws.TestCase
TestMemoryLaws.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
