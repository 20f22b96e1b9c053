"""A device whose copies happen as late as they may: what is touched too early is damaged, and seen."""

import threading
from collections.abc import Sequence

import torch
from torch import Tensor

from redheart.memory.account import Account
from redheart.memory.tiers.cuda import CudaTransfer
from redheart.memory.tiers.cuda_engine import Point
from redheart.memory.tiers.masters import Masters
from redheart.memory.transfer import Fill
from redheart.types.residency import Tier

KIB = 1024


class DeferredPoint:
    """Passes when somebody waits for it, and everything before it with it."""

    def __init__(self, engine: "DeferredEngine", number: int) -> None:
        self.engine, self.number = engine, number

    def query(self) -> bool:
        return self.number <= self.engine.done

    def synchronize(self) -> None:
        self.engine.run_until(self.number)


class ComputePoint:
    """A place in the compute stream; the test says when it passes."""

    def __init__(self) -> None:
        self.passed = False

    def query(self) -> bool:
        return self.passed

    def synchronize(self) -> None:
        raise AssertionError("the host must not wait for computing")


class DeferredEngine:
    """An `Engine` on the CPU with `room` bytes; `waited` lists, for each copy, the points it had to wait for."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room, self.cached, self.driver_says, self.limit = room, 0, None, None
        self.done = 0
        self.copies: list[tuple[Tensor, ...]] = []
        self.waited: list[tuple[Point, ...]] = []
        self.marks: list[ComputePoint] = []
        self.most_under_way = 0
        self.reused = 0
        self.place: bytearray | None = None  # where all memory lies from now on, as if given out again and again

    def empty(self, nbytes: int) -> Tensor:
        if nbytes > self.room:
            raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {nbytes}")
        if self.place is not None:
            return torch.frombuffer(self.place, dtype=torch.uint8, count=min(nbytes, len(self.place)))
        return torch.full((nbytes,), 0xEE, dtype=torch.uint8)

    def computed(self) -> Point:
        self.marks.append(ComputePoint())
        return self.marks[-1]

    def copy(self, target: Tensor, source: Tensor, after: Sequence[Point]) -> Point:
        assert target.numel() == source.numel()
        self.copies.append((target, source))
        self.waited.append(tuple(after))
        self.most_under_way = max(self.most_under_way, len(self.copies) - self.done)
        return DeferredPoint(self, len(self.copies))

    def run_until(self, number: int) -> None:
        for index in range(self.done, number):
            target, source = self.copies[index]
            target.copy_(source)
            self.copies[index] = ()  # done: its memory may go
        self.done = max(self.done, number)

    def reuse(self, point: Point) -> None:
        assert point.query()
        self.reused += 1

    def reserved(self) -> int:
        return self.cached

    def release_cached(self) -> None:
        self.cached = 0

    def held(self) -> int | None:
        return self.driver_says

    def cap(self, nbytes: int) -> None:
        self.limit = nbytes


class Locks:
    """A `Pin` that remembers what is locked, and refuses from the `refuse_from`-th call on, counted from 0."""

    def __init__(self, refuse_from: int = 1 << 30) -> None:
        self.refuse_from, self.calls = refuse_from, 0
        self.locked: dict[int, int] = {}

    def __call__(self, address: int, nbytes: int):
        self.calls += 1
        if self.calls > self.refuse_from:
            return None
        self.locked[address] = nbytes
        return lambda: self.locked.pop(address)


class Stored:
    """Chunks on disk, seeded; `reads` counts how often each was read."""

    def __init__(self, *sizes: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.chunks = [torch.randint(0, 256, (size,), dtype=torch.uint8, generator=generator) for size in sizes]
        self.reads = [0] * len(sizes)
        self.broken: set[int] = set()
        self.threads: set[str] = set()

    def fill(self, transfer: CudaTransfer, chunk: int, module: str = "m") -> Fill:
        """A new block and what brings the chunk into it."""
        return Fill(module, chunk, transfer.allocate(len(self.chunks[chunk])), lambda view: self.read(chunk, view))

    def read(self, chunk: int, view: memoryview) -> None:
        self.threads.add(threading.current_thread().name)
        self.reads[chunk] += 1
        if chunk in self.broken:
            view[:1] = b"?"
            raise OSError("the disk is gone")
        view[:] = self.chunks[chunk].numpy()

    def is_in(self, fill: Fill) -> bool:
        return torch.equal(fill.block.tensor.cpu(), self.chunks[fill.chunk])


def transfer(budget: int, slot: int = 16 * KIB, locks: Locks | None = None, room: int = 1 << 30) -> CudaTransfer:
    """A transfer to a deferred device, with `budget` bytes of masters behind it, ring included."""
    masters = Masters(Account(Tier.PINNED, budget), locks or Locks(), slot)
    return CudaTransfer(DeferredEngine(room), masters)
