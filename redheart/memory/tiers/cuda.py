"""Brings weights to a GPU: from host memory that is locked, on a stream of its own, while the GPU computes."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import torch
from torch import Tensor

from redheart.errors import OutOfMemoryError
from redheart.memory.account import Account
from redheart.memory.budgets import MIB, mib
from redheart.memory.tiers.cuda_engine import CudaEngine, Engine, Point
from redheart.memory.tiers.masters import Master, Masters
from redheart.memory.tiers.pages import BlockInUseError
from redheart.memory.tiers.pinning import cuda_pin
from redheart.memory.transfer import Block, Fill
from redheart.types.residency import Tier

#: Copies under way at once: the link is busy with one while the next is made ready. As many as the ring has slots.
DEPTH: Final = 2
PAGE: Final = 2 * MIB
LARGE: Final = 10 * MIB  # torch takes larger blocks from the GPU one by one, smaller ones out of a common piece
ALIGNMENT: Final = 512
NEWEST: Final = 0.3  # weight of the newest fill in what the next one is expected to take


@dataclass(eq=False, slots=True)
class CudaBlock:
    """A piece of the GPU's memory. The first copy into it waits for `after`: kernels may still read what lay there."""

    nbytes: int
    tensor: Tensor
    after: tuple[Point, ...] = ()
    module: str = ""  # whose weights were last put in


@dataclass(frozen=True, slots=True)
class Left:
    """Memory that was given back, and the point after its last use."""

    start: int
    end: int
    point: Point


class CudaTransfer:
    """The `Transfer` of tier DEVICE. `fill` returns when the bytes are there: no kernel ever waits for a copy that is
    not its own, and no master or staging buffer is touched while the GPU reads it.
    """

    tier = Tier.DEVICE
    measures_work = True

    def __init__(self, engine: Engine, masters: Masters) -> None:
        self.engine, self.masters = engine, masters
        self._left: list[Left] = []
        self._rested: dict[str, Point] = {}
        self._s_per_byte: float | None = None

    def block_bytes(self, nbytes: int) -> int:
        """What a block of `nbytes` really occupies: torch gives large ones whole pages of the GPU."""
        unit = PAGE if nbytes > LARGE else ALIGNMENT
        return -(-nbytes // unit) * unit

    def allocate(self, nbytes: int) -> CudaBlock:
        """A block of exactly `nbytes`. Raises OutOfMemoryError."""
        try:
            # What it occupies, not less: pieces that are left over would be too small for the next block.
            tensor = self.engine.empty(self.block_bytes(nbytes)).resize_(nbytes)
        except torch.OutOfMemoryError as error:
            raise OutOfMemoryError(
                f"the GPU refuses {mib(nbytes)} for weights; this process holds {mib(self.engine.reserved())} of it. "
                f"Close what else uses the GPU, or lower memory.device_budget_mib."
            ) from error
        return CudaBlock(nbytes, tensor, self._still_read(tensor))

    def fill(self, fills: Sequence[Fill], arrived: Callable[[Fill], None] | None = None) -> None:
        """Bring chunks, the next one read while the last one travels; `arrived` is told of each as it is there.

        Raises what `read` raises. Then nothing is under way any more; those told of are there, no others.
        """
        started = time.perf_counter()
        flight = Flight(self.engine)
        try:
            for fill in fills:
                self._send(fill, flight, arrived)
        finally:
            flight.land_all()
        self._learn(sum(fill.block.nbytes for fill in fills), time.perf_counter() - started)

    def rest(self, module: str) -> None:
        """All kernels that use the module so far have been launched: what comes into its room waits for those alone.

        Without ever being told, whatever comes waits for all that was launched before the room was given back. Who
        tells once must tell each time a module's last lease ends.
        """
        self._rested[module] = self.engine.computed()

    def free(self, block: Block) -> None:
        """Give a block back, at once: what is put there next waits for the kernels that still read it.

        Raises BlockInUseError while somebody holds a tensor of it: then its memory goes with that one, not before.
        """
        ours = _ours(block)
        if ours.module:  # else nobody has read it: who read what lay there before is known already
            point = self._rested.get(ours.module) or self.engine.computed()
            start = ours.tensor.data_ptr()
            self._left.append(Left(start, start + ours.nbytes, point))
        if _holders(ours.tensor):
            gc.collect()  # a cycle may be all that holds it
        held, ours.tensor = _holders(ours.tensor), ours.tensor.new_empty(0)
        if held:
            raise BlockInUseError(
                f"a block of {mib(ours.nbytes)} is given back while a tensor of its memory is still held elsewhere. "
                "Its memory stays taken until that is gone: keep no weights beyond the hold."
            )

    def forget(self, module: str) -> None:
        """Drop the module's masters."""
        self.masters.forget(module)
        self._rested.pop(module, None)

    def release_cached(self) -> int:
        """Give unused memory back to the GPU, for whoever wants it; bytes."""
        before = self.engine.reserved()
        self.engine.release_cached()
        return before - self.engine.reserved()

    def trim(self, nbytes: int) -> None:
        """Give all unused memory back where blocks and it exceed `nbytes`: torch gives back no part of it."""
        if self.engine.reserved() > nbytes:
            self.engine.release_cached()

    def measured(self) -> int:
        """Bytes that torch's allocator holds: weights, what computing takes, what it keeps unused."""
        return self.engine.reserved()

    def context_bytes(self) -> int | None:
        """Bytes that this process holds beside its allocator: CUDA's context, libraries. None where nobody tells."""
        held = self.engine.held()
        return None if held is None else max(0, held - self.engine.reserved())

    def cap(self, nbytes: int) -> None:
        """Let this process take at most so many bytes of the GPU, its context not counted. Raises ConfigError."""
        self.engine.cap(nbytes)

    def expected_s(self, nbytes: int) -> float | None:
        """By what earlier fills took, newer ones counting more; None before the first."""
        return None if self._s_per_byte is None else nbytes * self._s_per_byte

    def close(self) -> None:
        """Unlock and drop all masters."""
        self.masters.close()

    # -- one chunk ---------------------------------------------------------------------------------------------------

    def _send(self, fill: Fill, flight: Flight, arrived: Callable[[Fill], None] | None) -> None:
        block = _ours(fill.block)
        flight.make_room()
        master = self.masters.take(fill.module, fill.chunk, block.nbytes, fill.read)
        landed: list[Callable[[], None]] = [] if arrived is None else [partial(arrived, fill)]
        if master is not None:
            landed.append(partial(self.masters.give_back, master))
        block.module = fill.module
        try:
            for target, source, last in self._pieces(fill, block, master, flight):
                flight.launch(target, source, block.after, landed if last else ())
                block.after = ()
        except BaseException:  # the last piece is not under way: nobody else will give the master back
            flight.land_all()
            if master is not None:
                self.masters.give_back(master)
            raise

    def _pieces(
        self, fill: Fill, block: CudaBlock, master: Master | None, flight: Flight
    ) -> Iterator[tuple[Tensor, Tensor, bool]]:
        """(target, source, is it the last) of each copy that the chunk takes; a slot is written once it is free."""
        ring = self.masters.ring
        if master is None:
            slot = ring.take()
            fill.read(slot.view[: block.nbytes])
            yield block.tensor, slot.tensor[: block.nbytes], True
        elif master.memory.locked or not ring.locked:
            yield block.tensor, master.memory.tensor, True
        else:
            for start in range(0, block.nbytes, ring.slot_bytes):
                flight.make_room()
                slot = ring.take()
                piece = master.memory.tensor[start : start + ring.slot_bytes]
                staged = slot.tensor[: piece.numel()].copy_(piece)
                end = start + piece.numel()
                yield block.tensor[start:end], staged, end == block.nbytes

    def _still_read(self, tensor: Tensor) -> tuple[Point, ...]:
        """The points after which nobody reads what lay where `tensor` lies now."""
        self._left = [left for left in self._left if not left.point.query()]
        start, end = tensor.data_ptr(), tensor.data_ptr() + tensor.numel()
        return tuple(dict.fromkeys(left.point for left in self._left if left.start < end and start < left.end))

    def _learn(self, nbytes: int, seconds: float) -> None:
        if nbytes:
            newest, before = seconds / nbytes, self._s_per_byte
            self._s_per_byte = newest if before is None else before + NEWEST * (newest - before)


class Flight:
    """Copies under way, oldest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._under_way: deque[tuple[Point, Sequence[Callable[[], None]]]] = deque()

    def make_room(self) -> None:
        """Wait until one more may start; what has arrived is told."""
        while self._under_way and (len(self._under_way) >= DEPTH or self._under_way[0][0].query()):
            self._land()

    def launch(
        self, target: Tensor, source: Tensor, after: Sequence[Point], landed: Sequence[Callable[[], None]]
    ) -> None:
        """Start one; `landed` are called once it is there."""
        self._under_way.append((self._engine.copy(target, source, after), landed))

    def land_all(self) -> None:
        """Wait for all."""
        while self._under_way:
            self._land()

    def _land(self) -> None:
        point, landed = self._under_way.popleft()
        point.synchronize()
        self._engine.reuse(point)
        for told in landed:
            told()


def cuda_transfer(device: torch.device, pinned_bytes: int) -> CudaTransfer:
    """The transfer to one CUDA device, with at most `pinned_bytes` of locked RAM behind it."""
    return CudaTransfer(CudaEngine(device), Masters(Account(Tier.PINNED, pinned_bytes), cuda_pin))


def _ours(block: Block) -> CudaBlock:
    if not isinstance(block, CudaBlock):
        raise TypeError(f"{type(block).__name__} is a block of another transfer")
    return block


def _holders(tensor: Tensor) -> int:
    """How many other tensors share its memory. One count is its own, one that of looking at it."""
    return int(torch._C._storage_Use_Count(tensor.untyped_storage()._cdata)) - 2
