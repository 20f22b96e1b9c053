"""A device that is not there: room, speed, holes, faults, all on a virtual clock. For tests and for dry runs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NoReturn

from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.memory.budgets import mib
from redheart.memory.transfer import Block, Fill
from redheart.types.residency import Tier

Operation = Literal["allocate", "copy", "read", "free"]
OPERATIONS: Final[tuple[Operation, ...]] = ("allocate", "copy", "read", "free")
TOKEN_BYTES: Final = 16
EMPTY: Final = b"\xde\xad" * (TOKEN_BYTES // 2)  # what lies in memory that nobody has filled
_KINDS: Final[dict[Operation, type[Exception]]] = {
    "allocate": OutOfMemoryError,
    "copy": RuntimeError,
    "read": CheckpointError,
    "free": RuntimeError,
}


@dataclass(slots=True)
class VirtualClock:
    """Seconds that pass only when work is done on it."""

    now: float = 0.0

    def advance(self, seconds: float) -> None:
        """Work took so long (>= 0)."""
        self.now += seconds


@dataclass(slots=True)
class Faults:
    """A script of what goes wrong: the n-th call of an operation, counted from 0, fails once, or from then on always.

    `calls` counts the calls so far, failed ones too; `struck` those that failed.
    """

    calls: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    _once: dict[tuple[str, int], Exception | None] = field(default_factory=dict)
    _always: dict[str, tuple[int, Exception | None]] = field(default_factory=dict)

    def fail(self, operation: Operation, index: int, error: Exception | None = None, always: bool = False) -> None:
        """The call of this index fails, with what such an operation commonly raises if no `error` is given."""
        if always:
            self._always[operation] = (index, error)
        else:
            self._once[operation, index] = error

    def fail_next(self, operation: Operation, error: Exception | None = None, always: bool = False) -> None:
        """The next call of this operation fails."""
        self.fail(operation, self.calls[operation], error, always)

    def clear(self) -> None:
        """From now on nothing fails. The counts stay."""
        self._once.clear()
        self._always.clear()

    def strike(self, operation: Operation) -> None:
        """Count one call. Raises what the script has for it."""
        index = self.calls[operation]
        self.calls[operation] += 1
        first, error = self._always.get(operation, (index + 1, None))
        if (operation, index) in self._once:
            first, error = index, self._once.pop((operation, index))
        if index >= first:
            self.struck[operation] += 1
            raise error or _KINDS[operation](f"simulated fault of {operation} {index}")


@dataclass(eq=False, slots=True)
class SimulatedBlock:
    """Memory of `nbytes` bytes that stands for itself by a token: `tensor` is a bytearray, (TOKEN_BYTES,)."""

    nbytes: int
    offset: int
    tensor: Any = field(default_factory=lambda: bytearray(EMPTY))
    holds: tuple[str, int] | None = None  # module, chunk


@dataclass(eq=False)
class SimulatedDevice:
    """A `Transfer` into memory of `capacity` bytes. Copies take latency_s + nbytes / bandwidth virtual seconds.

    With `fragmentation`, a block needs one hole, first fit, and only `release_cached` brings the holes together.
    Whoever uses it as nobody may (fills what is not allocated, frees twice, calls from two threads at once) gets a
    RuntimeError, which `misuses` keeps for those who swallow it.
    """

    capacity: int
    bandwidth: float = 25e9  # bytes/s
    latency_s: float = 10e-6
    fragmentation: bool = False
    tier: Tier = Tier.DEVICE
    measures_work: bool = False  # nothing computes here
    clock: VirtualClock = field(default_factory=VirtualClock)
    faults: Faults = field(default_factory=Faults)
    bytes_in: int = 0
    bytes_out: int = 0
    bytes_freed: int = 0
    copying_s: float = 0.0
    misuses: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    peak: int = 0
    _taken: int = 0  # by somebody else
    _blocks: list[SimulatedBlock] = field(default_factory=list)  # by offset
    _busy: threading.Lock = field(default_factory=threading.Lock)

    # -- Transfer ----------------------------------------------------------------------------------------------------

    def allocate(self, nbytes: int) -> SimulatedBlock:
        """A block of exactly `nbytes`. Raises OutOfMemoryError if so many are not free, or lie in pieces."""
        with self._alone("allocate"):
            self.faults.strike("allocate")
            if nbytes > self.free_bytes or nbytes > max(self._holes().values(), default=0):
                self._refuse(nbytes)
            block = SimulatedBlock(nbytes, next(at for at, size in self._holes().items() if size >= nbytes))
            self._blocks.append(block)
            self._blocks.sort(key=lambda block: block.offset)
            self.peak = max(self.peak, self.truth())
            return block

    def fill(self, fills: Sequence[Fill]) -> None:
        """Bring chunks. `read` is given the block's token to write. Raises what it raises; then none of them is in."""
        with self._alone("fill"):
            for fill in fills:
                self._own(fill.block, f"fill chunk {fill.chunk} of '{fill.module}' into")
            try:
                for fill in fills:
                    self._bring(fill)
            except BaseException:
                self.empty(fill.block for fill in fills)
                raise

    def free(self, block: Block) -> None:
        """Give a block back. What a scripted fault keeps from being given back is lost: allocated, and of no use."""
        with self._alone("free"):
            own = self._own(block, "free")
            _empty(own)
            self.faults.strike("free")
            self._blocks.remove(own)
            self.bytes_freed += own.nbytes

    def forget(self, module: str) -> None:
        """Nothing is kept behind this device: only noted, in `forgotten`."""
        self.forgotten.append(module)

    def block_bytes(self, nbytes: int) -> int:
        """Not a byte more."""
        return nbytes

    def trim(self, nbytes: int) -> None:
        """Nothing is kept for later allocations."""

    def release_cached(self) -> int:
        """Bring the holes together. Returns the bytes that lay outside the largest one."""
        with self._alone("release_cached"):
            holes = self._holes().values()
            scattered = sum(holes) - max(holes, default=0)
            offset = 0
            for block in self._blocks:
                block.offset = offset
                offset += block.nbytes
            return scattered

    def measured(self) -> int:
        """The truth: this device knows it."""
        return self.truth()

    def expected_s(self, nbytes: int) -> float:
        """Virtual seconds that a copy of so many bytes takes."""
        return self.latency_s + nbytes / self.bandwidth

    # -- what tests and dry runs do and see ---------------------------------------------------------------------------

    def spike(self, nbytes: int) -> None:
        """From now on somebody else has so many bytes (0: none), be it more than is free: then nothing can be had."""
        self._taken = nbytes

    def copy_out(self, block: Block) -> None:
        """Copy a block back to where it came from, as those must who keep no master copy."""
        with self._alone("copy_out"):
            self._copy(self._own(block, "copy").nbytes)
            self.bytes_out += block.nbytes

    def empty(self, blocks: Iterable[Block]) -> None:
        """What lies in these blocks is void; they stay allocated."""
        for block in blocks:
            _empty(self._own(block, "empty"))

    def truth(self) -> int:
        """Bytes really allocated."""
        return sum(block.nbytes for block in self._blocks)

    @property
    def free_bytes(self) -> int:
        """Bytes that nobody has; negative while somebody else has more than there is."""
        return self.capacity - self.truth() - self._taken

    def contents(self) -> dict[tuple[str, int], bytes]:
        """(module, chunk) -> token of every chunk that is in."""
        return {block.holds: bytes(block.tensor) for block in self._blocks if block.holds is not None}

    def misuse(self, complaint: str) -> NoReturn:
        """Note it and raise it as RuntimeError."""
        self.misuses.append(complaint)
        raise RuntimeError(f"simulated device misused: {complaint}")

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _bring(self, fill: Fill) -> None:
        block = self._own(fill.block, "fill")
        self.faults.strike("read")
        fill.read(memoryview(block.tensor))
        self.faults.strike("copy")
        self._copy(block.nbytes)
        self.bytes_in += block.nbytes
        block.holds = (fill.module, fill.chunk)

    def _copy(self, nbytes: int) -> None:
        seconds = self.expected_s(nbytes)
        self.copying_s += seconds
        self.clock.advance(seconds)

    def _holes(self) -> dict[int, int]:
        """Offset -> bytes of each hole; without fragmentation all that is free is one."""
        if not self.fragmentation:
            return {0: self.capacity - self.truth()}
        ends = [0, *(block.offset + block.nbytes for block in self._blocks)]
        starts = [*(block.offset for block in self._blocks), self.capacity]
        return {end: start - end for end, start in zip(ends, starts, strict=True) if start > end}

    def _own(self, block: Block, action: str) -> SimulatedBlock:
        own = next((own for own in self._blocks if own is block), None)
        return own or self.misuse(f"asked to {action} a block that is not allocated")

    def _refuse(self, nbytes: int) -> NoReturn:
        hole = max(self._holes().values(), default=0)
        raise OutOfMemoryError(
            f"simulated device: {mib(nbytes)} cannot be had: {mib(self.free_bytes)} of {mib(self.capacity)} are free, "
            f"{mib(self._taken)} are somebody else's, the largest hole has {mib(hole)}"
        )

    @contextmanager
    def _alone(self, operation: str) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            self.misuse(f"asked to {operation} while another call was going on")
        try:
            yield
        finally:
            self._busy.release()


def _empty(block: SimulatedBlock) -> None:
    block.tensor[:] = EMPTY
    block.holds = None
