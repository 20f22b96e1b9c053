"""What those who bring modules to a GPU share, as a benchmark sees them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import torch

from redheart.benchmarks.memory.modules import GB, Phase, StandIn, Weights
from redheart.memory.tiers.cuda import CudaTransfer
from redheart.types.residency import Grant


@dataclass(frozen=True, slots=True)
class Stage:
    """What all contenders share. Bytes; `usable` are for weights and work, within `cap`, which is the process's.

    `transfer` is ours, with its masters: one for all contenders that run on our engine.
    """

    device: torch.device
    weights: Weights
    scale: float
    cap: int
    usable: int
    transfer: CudaTransfer

    def work(self, phase: Phase) -> int:
        """Bytes a phase needs beside weights."""
        return int(phase.work_gb * GB * self.scale)

    @property
    def on_gpu(self) -> bool:
        """False in tests."""
        return self.device.type == "cuda"


class Contender(Protocol):
    """Opened on a stage, then asked for phase after phase. `modules` compute; with `lifts_cap` it runs uncapped."""

    @property
    def name(self) -> str: ...

    @property
    def lifts_cap(self) -> bool: ...

    @property
    def modules(self) -> Mapping[str, StandIn]: ...

    def missing(self, device: torch.device) -> str | None:
        """Why it cannot run here; None if it can."""
        ...

    def open(self, stage: Stage) -> None:
        """Everything on the host, nothing on the device."""
        ...

    def phase(self, phase: Phase) -> AbstractAsyncContextManager[Grant | None]:
        """While inside, the phase's modules may be called; what does not fit raises torch.OutOfMemoryError."""
        ...

    def moved(self) -> tuple[int, int]:
        """Bytes that went in and out since it was opened."""
        ...

    def rungs(self) -> int:
        """How often memory was made again after it had run out, since it was opened."""
        ...

    async def recover(self) -> None:
        """After it ran out of memory: as if just opened."""
        ...

    async def close(self) -> None:
        """Nothing on the device any more."""
        ...
