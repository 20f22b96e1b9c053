"""A memory manager over simulated modules, and the device that tells the truth about it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from redheart.errors import CheckpointError
from redheart.events import EventBus
from redheart.memory.budgets import MIB, Budgets
from redheart.memory.manager import MemoryParts, UnifiedMemoryManager
from redheart.memory.states import Piece
from redheart.memory.tiers.simulated import Gate, SimulatedDevice, SimulatedModule
from redheart.types.residency import SwapPriority, Tier, Work


class FakeModule(SimulatedModule):
    """Writes down what moves ("+A" a load, "-A" an unload of anything). A `broken` one fails while it is read."""

    log: list[str]
    threads: set[int]
    broken = False

    def load(self, chunks) -> None:
        self.log.append(f"+{self.name}")
        self.threads.add(threading.get_ident())
        super().load(chunks)

    def unload(self, chunks) -> None:
        if self.allocated & set(chunks):
            self.log.append(f"-{self.name}")
        super().unload(chunks)

    def read(self, chunk, into) -> None:
        if self.broken:
            raise CheckpointError(f"'{self.name}' is damaged")
        super().read(chunk, into)


class House:
    """A manager with a budget of `mib` MiB over fake modules; the device has `device_mib` MiB, as many unless told."""

    def __init__(self, mib: int, policy: str = "dynamic_swap", device_mib: int | None = None, **given) -> None:
        self.device = SimulatedDevice(
            (device_mib or mib) * MIB, fragmentation=given.pop("fragmentation", False), tier=Tier.HOST
        )
        self.events = EventBus()
        budgets = Budgets(Tier.HOST, mib * MIB, **given)
        self.log: list[str] = []
        self.before_first_load: list[list[str]] = []
        parts = MemoryParts(
            budgets, policy, "medium", "cpu", self.device, lambda: self.before_first_load.append(list(self.log))
        )
        self.memory = UnifiedMemoryManager(parts, self.events)
        self.ledger = self.memory.ledger
        self.modules: dict[str, FakeModule] = {}
        self.threads: set[int] = set()

    def add(self, name, *chunks_mib, priority=SwapPriority.PRIMARY, requires=(), work_mib=0, separable=True):
        """One chunk for each number of MiB."""
        sizes = tuple(mib * MIB for mib in chunks_mib)
        module = FakeModule(self.device, name, sizes, priority, work_mib * MIB, separable)
        module.log, module.threads = self.log, self.threads
        self.memory.register(module, requires)
        self.modules[name] = module
        return module

    def gate(self, name: str, chunk: int = 0) -> Gate:
        """A gate before one chunk of a module."""
        return self.modules[name].gates.setdefault(chunk, Gate())

    async def visit(self, *names: str, **given) -> None:
        """Hold and let go."""
        async with self.memory.hold(*names, **given):
            pass

    def leases(self, name: str) -> int:
        return self.ledger[name].leases

    def inside(self) -> str:
        """Names of the modules that really are wholly in, sorted."""
        return "".join(sorted(m.name for m in self.modules.values() if len(m.filled) == len(m.chunk_bytes)))

    def residents(self) -> set[Piece]:
        """Every chunk that really is in."""
        return {Piece(name, chunk) for name, module in self.modules.items() for chunk in module.filled}

    @property
    def lost(self) -> int:
        """Bytes set aside because they could not be given back."""
        return sum(nbytes for line, nbytes in self.ledger.account.lines.items() if line.startswith("lost:"))

    def check(self) -> None:
        """What holds at every moment between two moves, whatever happened before."""
        account, truth = self.ledger.account, self.device.truth()
        assert self.device.misuses == []
        assert account.committed <= truth <= account.committed + account.reserved + self.lost
        for name, module in self.modules.items():
            state = self.ledger[name]
            assert state.resident == module.filled, f"'{name}': the ledger errs about what is in"
            assert module.allocated <= state.resident | state.reserved
            assert module.damaged() == []
        assert {Piece(*owner) for owner in self.device.contents()} == self.residents()
        moved = self.ledger.counters
        assert moved.bytes_in - moved.bytes_freed == account.committed
        assert moved.bytes_in <= self.device.bytes_in

    def check_at_rest(self) -> None:
        """What holds besides when nobody holds, waits or moves."""
        self.check()
        assert self.ledger.reserved == 0
        assert self.device.truth() == self.ledger.committed or self.lost
        assert all(state.leases == 0 for state in self.ledger.snapshot().modules)
        assert "work" not in self.ledger.account.lines


class Holder:
    """A task that holds modules until told to let go."""

    def __init__(self, house: House, *names: str, **given) -> None:
        self.inside, self.let_go = asyncio.Event(), asyncio.Event()
        self.names = house.ledger.known(names)
        work = given.get("work") or Work(sum(house.ledger[name].work_bytes for name in self.names))
        self.work_bytes = work.nbytes
        self.task = asyncio.create_task(self._hold(house, names, given))

    async def _hold(self, house: House, names: tuple[str, ...], given) -> None:
        async with house.memory.hold(*names, **given) as self.grant:
            self.inside.set()
            await self.let_go.wait()

    async def entered(self) -> None:
        """Return once inside; raises what kept it out."""
        inside = asyncio.create_task(self.inside.wait())
        await asyncio.wait((inside, self.task), return_when=asyncio.FIRST_COMPLETED)
        inside.cancel()
        if self.task.done():
            self.task.result()

    async def end(self) -> None:
        self.let_go.set()
        await self.task

    @property
    def waits(self) -> bool:
        """Neither inside nor refused."""
        return not self.task.done() and not self.inside.is_set()


class AtOnce(ThreadPoolExecutor):
    """Runs what it is given before it returns, so that the turns of the loop can be counted."""

    def submit(self, function, /, *args, **given):
        future: Future = Future()
        try:
            future.set_result(function(*args, **given))
        except BaseException as error:
            future.set_exception(error)
        return future


class NoThreads(ThreadPoolExecutor):
    """Refuses all work."""

    def submit(self, function, /, *args, **given):
        raise AssertionError(f"a thread was asked for {function}")


def without_threads() -> None:
    """From now on the running loop does blocking work at once."""
    asyncio.get_running_loop().set_default_executor(AtOnce(1))


async def passed(gate: Gate) -> None:
    """Return once a load stands before this gate."""
    assert await asyncio.to_thread(gate.reached.wait, 10)


async def settle(turns: int = 20) -> None:
    """Let every task that can go on without a thread do so."""
    for _ in range(turns):
        await asyncio.sleep(0)
