"""Leases of modules under one budget. What may be where, ledger.py knows; who must leave, a policy says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from redheart.events import EventBus
from redheart.memory.account import Account
from redheart.memory.admission import Request
from redheart.memory.admitter import Admitter, Desk
from redheart.memory.budgets import Budgets
from redheart.memory.external import Externals, nothing_measured
from redheart.memory.journal import Journal
from redheart.memory.leases import Lease, around, own_leases, own_work
from redheart.memory.ledger import CONTEXT, Ledger, Mark
from redheart.memory.moves import Mover
from redheart.memory.plan import Cycle, Outlook, ResidencyPlan, Step
from redheart.memory.policies import AUTO, Policy, policy_for
from redheart.memory.prefetch import Prefetch
from redheart.memory.pressure import Pressure
from redheart.memory.route import Route
from redheart.memory.states import ModuleState
from redheart.memory.transfer import Transfer
from redheart.memory.watch.explain import explain
from redheart.types.residency import MemoryReport, Swappable, SwapPriority, Work


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """What a manager works with.

    `on_first_load` is called just before the first weights come; `measure_others` gives what other processes hold on
    the working tier, process id -> bytes, as far as somebody knows; `behind` are the accounts of the tiers behind it,
    kept by whoever fills them.
    """

    budgets: Budgets
    policy: str
    mode: str
    device: str
    transfer: Transfer
    on_first_load: Callable[[], None] = _nothing
    measure_others: Callable[[], Mapping[int, int]] = nothing_measured
    behind: tuple[Account, ...] = ()


class UnifiedMemoryManager:
    """Leases of modules under one budget, for one event loop.

    Holds are served first come, first served, one transfer at a time; all ask for their modules at once. A hold inside
    a hold goes before the queue, for the queue may be waiting for it.
    """

    def __init__(self, parts: MemoryParts, events: EventBus) -> None:
        self.parts, self.budgets = parts, parts.budgets
        self.journal = Journal()
        self.ledger = Ledger(
            parts.budgets.counted, parts.budgets.nbytes, others={account.tier: account for account in parts.behind}
        )
        self.ledger.account.set_line(CONTEXT, parts.budgets.context_bytes)
        self.mover = Mover(self.ledger, parts.transfer, events, self.journal, parts.on_first_load)
        self.externals = Externals(self.ledger.account, parts.measure_others)
        self._policy: Policy | None = None
        self._route = Route(self.ledger)
        self._prefetch = Prefetch(self.mover)
        self._admitter = Admitter(
            Desk(
                budgets=parts.budgets,
                ledger=self.ledger,
                mover=self.mover,
                route=self._route,
                prefetch=self._prefetch,
                pressure=Pressure(self.ledger, parts.budgets, events, self.journal),
                externals=self.externals,
                journal=self.journal,
                policy=self._policy_now,
            )
        )

    # -- what is known -----------------------------------------------------------------------------------------------

    def register(self, module: Swappable, requires: Collection[str] = ()) -> None:
        """Make a module known; it is loaded when first held. `requires`: whoever holds it holds these too.

        Raises ConfigError for a name used twice, ValueError for a module of no bytes.
        """
        self.ledger.register(
            ModuleState(
                module.name, module.priority, module.chunk_bytes, frozenset(requires), work_bytes=module.work_bytes
            )
        )
        self.mover.modules[module.name] = module
        self._policy = None

    def cycle(self, steps: Sequence[Step]) -> Cycle:
        """Steps over the modules known now: each with all that its modules require, and at least the work they tell,
        the context too.
        """
        whole = [self._whole(step) for step in steps]
        pinned = {module.name for module in self._modules() if module.priority is SwapPriority.BACKBONE}
        return Cycle(tuple(whole), self.ledger.chunks(), frozenset(pinned))

    def follow(self, cycle: Cycle) -> None:
        """From now on expect these steps, round and round. The plan is made before the next move."""
        self._route.follow(cycle)

    def register_external(self, pid: int, name: str, nbytes: int) -> None:
        """Budget around memory that another process holds on the working tier. Raises ConfigError.

        What no longer fits leaves before the next hold comes in.
        """
        self.externals.register(pid, name, nbytes)

    def forget_external(self, pid: int) -> None:
        """That process has let go of its memory. Raises ConfigError for an unknown one."""
        self.externals.forget(pid)
        self._admitter.announce()

    @property
    def plan(self) -> ResidencyPlan | None:
        """The plan that is followed; None before the first move, and off plan."""
        return self._route.plan

    @property
    def policy(self) -> Policy:
        """Who must leave; `auto` is settled by whether everything that is registered fits at once."""
        return self._policy_now(short=False)

    def outlook(self) -> Outlook:
        """What the plan says of the present step."""
        return self._route.outlook()

    def resident(self) -> tuple[str, ...]:
        """Names of the modules that are wholly in, in order of registration."""
        return self.ledger.resident()

    def explain(self, module: str) -> str:
        """Why a module is where it is, in words. Raises ConfigError for an unknown one."""
        return explain(self.journal, self.ledger, module, self.outlook())

    # -- holds -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def hold(self, *names: str, work: Work | None = None, stream: bool = False) -> AsyncIterator[Lease]:
        """While inside, the named modules are resident and leased. Waits while others' leases leave too little room.

        `work` is set aside beside them (without it, what the modules say they need), halved where it does not fit. With
        `stream`, modules that can do so begin to compute while their last chunks are on their way.
        Raises ConfigError for an unknown name, BudgetError if the modules can never fit, and what a load raises; then
        the former residents are back and nothing is leased. Two tasks that each hold something and then ask for what
        the other blocks wait for ever: ask for everything at once.
        """
        needed = self.ledger.known(names)
        wanted = work or self._told_work(needed)
        outer = around.get()
        lease = await self._admitter.admit(self._request(needed, wanted, stream))
        around.set((*outer, lease))
        try:
            yield lease
        finally:
            lease.active = False
            around.set(outer)
            await self._admitter.give_back(lease)
        if lease.stream is not None:
            lease.stream.result()  # whoever did not touch the chunk that failed hears of it here

    async def synchronous_swap(self, step: str, stream: bool = False) -> None:
        """Between two steps: bring what `step` needs, without leasing it; returns when it is in, or on its way.

        Raises ConfigError for a step that the plan does not know, and what `hold` raises.
        """
        self._admitter.refuse_if_closed()
        modules = self._route.enter(step)
        if modules and self.budgets.keep_warm:
            await self._admitter.admit(self._request(modules, self._told_work(modules), stream), leased=False)
        else:
            await self._route.make_plan()
            self._admitter.refuse_if_closed()
            self._admitter.prefetch_next()

    async def close(self) -> None:
        """Admit nobody any more, wait until all leases are back, unload everything. May be called twice."""
        if own_leases(self._admitter):
            raise RuntimeError("close() inside a hold would wait for itself for ever")
        self._admitter.closed = True
        self._admitter.announce()
        await self._prefetch.stop()
        while True:
            changed = self._admitter.changed
            async with self.mover.lock:
                if not any(module.leases for module in self._modules()):
                    for module in self._modules():
                        await self.mover.retire(module.name)
                    return
            await changed.wait()

    # -- reports -----------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """Remember this moment, to `report` from."""
        return self.ledger.mark()

    def report(self, since: Mark, samples: Iterable[dict[str, float | str]] = ()) -> MemoryReport:
        """What memory did since the mark; `samples` are a monitor's."""
        moved = self.ledger.counters.since(since.counters)
        measured = self.parts.transfer.measured()
        return MemoryReport(
            mode=self.parts.mode,
            policy=self.policy.name,
            device=self.parts.device,
            tiers=(
                self.ledger.account.report(measured),
                *(account.report(None) for account in self.ledger.others.values()),
            ),
            resident=self.resident(),
            loads=moved.loads,
            evictions=moved.evictions,
            bytes_in=moved.bytes_in,
            bytes_freed=moved.bytes_freed,
            peak_committed=since.peak_committed,
            rss=psutil.Process().memory_info().rss,
            samples=tuple(samples),
        )

    def _whole(self, step: Step) -> Step:
        modules = self.ledger.known(step.modules)
        work = sum(self.ledger[name].work_bytes for name in modules)
        return Step(step.name, modules, max(step.work_bytes, work) + self.budgets.context_bytes)

    def _request(self, names: frozenset[str], work: Work, stream: bool) -> Request:
        return Request(names, work, own_leases(self._admitter), own_work(self._admitter), stream)

    def _policy_now(self, short: bool) -> Policy:
        """`auto` evicts as soon as there is too little room, whatever once seemed to fit."""
        if short and self.parts.policy == AUTO:
            return policy_for(AUTO, 1, 0)
        if self._policy is None:
            total = sum(module.nbytes + module.work_bytes for module in self._modules())
            self._policy = policy_for(self.parts.policy, total + self.budgets.context_bytes, self.budgets.nbytes)
        return self._policy

    def _told_work(self, names: frozenset[str]) -> Work:
        """What modules say that they need beside their weights."""
        return Work(fixed=sum(self.ledger[name].work_bytes for name in names))

    def _modules(self) -> tuple[ModuleState, ...]:
        return self.ledger.snapshot().modules
