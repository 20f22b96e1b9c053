"""One CUDA device as a transfer sees it: its memory, one copy stream, points in time. Decides nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol, cast

import torch
from torch import Tensor

from redheart.errors import ConfigError
from redheart.memory.budgets import mib
from redheart.memory.watch.nvml import open_nvml


class Point(Protocol):
    """A place in a stream's work: `query` tells if the work before it is done, `synchronize` waits until it is."""

    def query(self) -> bool: ...

    def synchronize(self) -> None: ...


class Engine(Protocol):
    """What moves bytes to a device: `CudaEngine`, or a stand-in on a machine without one."""

    def empty(self, nbytes: int) -> Tensor:
        """Memory for `copy`, (nbytes,) uint8. Raises torch.OutOfMemoryError."""
        ...

    def computed(self) -> Point:
        """After everything that has been launched on the compute stream so far."""
        ...

    def copy(self, target: Tensor, source: Tensor, after: Sequence[Point]) -> Point:
        """Begin to copy, behind all earlier copies and the points `after`; the point at which it is done."""
        ...

    def reuse(self, point: Point) -> None:
        """A copy's point that has passed and that nobody looks at any more."""
        ...

    def reserved(self) -> int:
        """Bytes that this process's allocator holds on the device."""
        ...

    def release_cached(self) -> None:
        """Give the allocator's unused memory back to the device."""
        ...

    def held(self) -> int | None:
        """Bytes that this process holds on the device by the driver, None where it does not say."""
        ...

    def cap(self, nbytes: int) -> None:
        """Let the allocator reserve at most so many bytes. Raises ConfigError."""
        ...


class CudaEngine:
    """One device; computing happens on stream `compute`, by default the one torch computes on.

    Weights are allocated under the copy stream, so that torch keeps their memory apart from what computing allocates: a
    block of ours was only ever ours, or has been through the driver, which waits for the device. Not from a private
    `MemPool`: while such a pool lives, torch can give none of its free memory to the rest of the process.
    """

    def __init__(self, device: torch.device, compute: torch.cuda.Stream | None = None) -> None:
        self.device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
        self.compute = compute or torch.cuda.default_stream(self.device)
        self._copies = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]
        self._spare: list[torch.cuda.Event] = []
        self._nvml = open_nvml(str(self.device))

    def empty(self, nbytes: int) -> Tensor:
        """(nbytes,) uint8, aligned to 512 bytes. Raises torch.OutOfMemoryError."""
        with torch.cuda.stream(self._copies):
            return torch.empty(nbytes, dtype=torch.uint8, device=self.device)

    def computed(self) -> Point:
        """After everything that has been launched on the compute stream so far."""
        point = torch.cuda.Event()  # type: ignore[no-untyped-call]
        point.record(self.compute)
        return point

    def copy(self, target: Tensor, source: Tensor, after: Sequence[Point]) -> Point:
        """Begin to copy on the copy stream; returns at once if `source` is locked."""
        for point in after:
            self._copies.wait_event(cast(torch.cuda.Event, point))
        with torch.cuda.stream(self._copies):
            target.copy_(source, non_blocking=True)
        # Blocking: who waits for it sleeps, and leaves the processor to whoever launches kernels.
        done = self._spare.pop() if self._spare else torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        done.record(self._copies)
        return done

    def reuse(self, point: Point) -> None:
        """Keep its event for the next copy."""
        self._spare.append(cast(torch.cuda.Event, point))

    def reserved(self) -> int:
        """Of torch's allocator, weights or not."""
        return torch.cuda.memory_reserved(self.device)

    def release_cached(self) -> None:
        """Waits for the device."""
        with torch.cuda.device(self.device):
            torch.cuda.empty_cache()

    def held(self) -> int | None:
        """By NVML; None in a container that hides process ids from it."""
        return None if self._nvml is None else self._nvml.by_process().get(os.getpid())

    def cap(self, nbytes: int) -> None:
        """Let torch's allocator reserve at most so many bytes; the context lies outside. Raises ConfigError."""
        total = torch.cuda.get_device_properties(self.device).total_memory
        if not 0 < nbytes <= total:
            raise ConfigError(f"'{mib(nbytes)}' of GPU memory cannot be the limit: the GPU has {mib(total)}.")
        torch.cuda.set_per_process_memory_fraction(nbytes / total, self.device)
