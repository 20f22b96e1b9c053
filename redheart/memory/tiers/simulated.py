"""A module whose weights are tokens on a simulated device: swapped like any other, and checked bit for bit."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from redheart.memory.tiers.simulated_device import (
    OPERATIONS,
    TOKEN_BYTES,
    Faults,
    Operation,
    SimulatedBlock,
    SimulatedDevice,
    VirtualClock,
)
from redheart.memory.transfer import Fill
from redheart.types.residency import SwapPriority

__all__ = ["OPERATIONS", "Faults", "Gate", "Operation", "SimulatedDevice", "SimulatedModule", "VirtualClock"]

PATIENCE_S = 10.0  # a test that forgot to open a gate ends by itself


@dataclass(eq=False)
class Gate:
    """Stops a load before one of its chunks, until somebody opens it from another thread."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        """Let it through, now and later."""
        self.opened.set()

    def stop(self) -> None:
        """Say that it has come so far, wait until opened. Raises TimeoutError if nobody does."""
        self.reached.set()
        if not self.opened.wait(PATIENCE_S):
            raise TimeoutError(f"nobody opened the gate within {PATIENCE_S:g} s")


@dataclass(eq=False)
class SimulatedModule:
    """A `Swappable` and `Streamable` whose chunk i occupies chunk_bytes[i] on `device` and holds a token of 16 bytes.

    `gates`: chunk -> what stops a load just before that chunk. `loads` counts how often each chunk was brought;
    `bytes_read` what was read for that: without `separable` every load reads the whole module.
    """

    device: SimulatedDevice
    name: str
    chunk_bytes: tuple[int, ...]
    priority: SwapPriority = SwapPriority.PRIMARY
    work_bytes: int = 0
    separable: bool = True
    seed: int = 0
    gates: dict[int, Gate] = field(default_factory=dict)
    loads: Counter[int] = field(default_factory=Counter)
    bytes_read: int = 0
    _blocks: dict[int, SimulatedBlock] = field(default_factory=dict)
    _filled: set[int] = field(default_factory=set)
    _expected: set[int] = field(default_factory=set)
    _failure: BaseException | None = None
    _came: threading.Condition = field(default_factory=threading.Condition)

    # -- Swappable ---------------------------------------------------------------------------------------------------

    def allocate(self, chunks: Sequence[int]) -> None:
        """Take memory for these chunks: all or none. Raises OutOfMemoryError; RuntimeError if one has memory."""
        if doubled := [chunk for chunk in chunks if chunk in self._blocks]:
            self.device.misuse(f"chunks {doubled} of '{self.name}' are allocated already")
        taken: dict[int, SimulatedBlock] = {}
        try:
            for chunk in chunks:
                taken[chunk] = self.device.allocate(self.chunk_bytes[chunk])
        except BaseException:
            self._free(taken.values())
            raise
        self._blocks |= taken

    def load(self, chunks: Sequence[int]) -> None:
        """Fill allocated chunks, one after the other. Raises CheckpointError; RuntimeError for one without memory."""
        if absent := [chunk for chunk in chunks if chunk not in self._blocks]:
            self.device.misuse(f"chunks {absent} of '{self.name}' have no memory to be loaded into")
        if doubled := [chunk for chunk in chunks if chunk in self._filled]:
            self.device.misuse(f"chunks {doubled} of '{self.name}' are loaded already")
        self.bytes_read += sum(self.chunk_bytes[chunk] for chunk in (chunks if self.separable else self._all))
        try:
            for chunk in chunks:
                self._bring(chunk)
        except BaseException:
            self._filled.difference_update(chunks)
            self.device.empty(self._blocks[chunk] for chunk in chunks)
            raise

    def unload(self, chunks: Sequence[int]) -> None:
        """Give back the memory of these chunks, filled or only allocated; harmless for others."""
        with self._came:
            self._filled.difference_update(chunks)
            self._expected.difference_update(chunks)
        self._free([self._blocks.pop(chunk) for chunk in chunks if chunk in self._blocks])

    def retire(self) -> None:
        """Give everything back for good."""
        self.unload(self._all)
        self.device.forget(self.name)

    # -- Streamable --------------------------------------------------------------------------------------------------

    def expect(self, chunks: Sequence[int]) -> None:
        """From now on `touch` waits for these chunks."""
        with self._came:
            self._failure = None
            self._expected |= set(chunks) - self._filled

    def fail(self, error: BaseException) -> None:
        """Expected chunks will not come: `touch` raises `error`."""
        with self._came:
            self._failure = error
            self._came.notify_all()

    def touch(self, chunk: int) -> bytes:
        """The token of a chunk, as a forward pass would read it; waits for an expected one. Blocks.

        Raises what `fail` was given, RuntimeError for a chunk that is neither in nor expected.
        """
        with self._came:
            settled: Callable[[], bool] = lambda: chunk not in self._expected or self._failure is not None  # noqa: E731
            if not self._came.wait_for(settled, PATIENCE_S):
                raise TimeoutError(f"chunk {chunk} of '{self.name}' did not come within {PATIENCE_S:g} s")
            if chunk not in self._filled and self._failure is not None:
                raise self._failure
            if chunk not in self._filled:
                self.device.misuse(f"chunk {chunk} of '{self.name}' is used, and is not in")
            return bytes(self._blocks[chunk].tensor)

    # -- what tests see ----------------------------------------------------------------------------------------------

    @property
    def nbytes(self) -> int:
        """Bytes of all chunks."""
        return sum(self.chunk_bytes)

    @property
    def filled(self) -> frozenset[int]:
        """Chunks that are in."""
        return frozenset(self._filled)

    @property
    def allocated(self) -> frozenset[int]:
        """Chunks that have memory, filled or not."""
        return frozenset(self._blocks)

    def master(self, chunk: int) -> bytes:
        """What a chunk must hold when it is in: by seed, module and chunk."""
        return blake2b(f"{self.seed}/{self.name}/{chunk}".encode(), digest_size=TOKEN_BYTES).digest()

    def read(self, chunk: int, into: memoryview) -> None:
        """Write a chunk's master copy. Tests override it to fail in their own way."""
        into[:] = self.master(chunk)

    def damaged(self) -> list[int]:
        """Chunks that are in and differ from their master."""
        return [chunk for chunk in sorted(self._filled) if bytes(self._blocks[chunk].tensor) != self.master(chunk)]

    # -- helpers -----------------------------------------------------------------------------------------------------

    @property
    def _all(self) -> range:
        return range(len(self.chunk_bytes))

    def _bring(self, chunk: int) -> None:
        if chunk in self.gates:
            self.gates[chunk].stop()
        self.device.fill([Fill(self.name, chunk, self._blocks[chunk], partial(self.read, chunk))])
        self.loads[chunk] += 1
        with self._came:
            self._filled.add(chunk)
            self._expected.discard(chunk)
            self._came.notify_all()

    def _free(self, blocks: Iterable[SimulatedBlock]) -> None:
        """Every block is given back, whatever giving back another one raises; the first error is raised."""
        errors: list[Exception] = []
        for block in blocks:
            try:
                self.device.free(block)
            except Exception as error:  # told below: one failed block must not keep the others
                errors.append(error)
        if errors:
            raise errors[0]
