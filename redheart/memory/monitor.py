"""Looks at what memory really is: the process's RSS, torch's CUDA allocator, NVML, the ledger beside them."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from redheart.events import PHASE_FINISHED, PHASE_STARTED, Subscription
from redheart.memory.budgets import MIB
from redheart.memory.watch.moment import Moment, Watched
from redheart.memory.watch.nvml import open_nvml
from redheart.memory.watch.sampler import Sampler

if TYPE_CHECKING:
    from redheart.memory.manager import UnifiedMemoryManager

Sample = dict[str, float | str]
NO_GPU = "no GPU"


class MemoryMonitor:
    """Takes a sample when told to, or at each phase boundary it hears of. Keeps the newest `capacity`.

    A sample: `label`, `at_s` since the monitor began, `rss_mib`; with CUDA `cuda_allocated_mib`, `cuda_reserved_mib`;
    with NVML `gpu_used_mib`, everybody's, left out where NVML fails. `gpu` is that GPU's name, or "no GPU".
    `sampler` watches RSS more closely while somebody wants it; `watched` is the manager's books, for `moment`.
    """

    def __init__(self, device: str, watched: Watched | None = None, capacity: int = 1024) -> None:
        self.watched = watched
        self.sampler = Sampler()
        self.device = device
        self.began_s = time.monotonic()
        self.step = ""  # the phase that runs
        self.measured_peak: int | None = None  # the most that any moment found the allocator to hold
        self._samples: deque[Sample] = deque(maxlen=capacity)
        self._nvml = open_nvml(device)

    @property
    def gpu(self) -> str:
        """Name of the GPU that NVML looks at."""
        return NO_GPU if self._nvml is None else self._nvml.name

    def watch(self, memory: UnifiedMemoryManager) -> None:
        """Look at this manager's books from now on. Its modules are registered by then, for `auto` to have settled."""
        self.watched = Watched(
            ledger=memory.ledger,
            journal=memory.journal,
            mode=memory.parts.mode,
            policy=memory.policy.name,
            measured=memory.parts.transfer.measured,
            outlook=memory.outlook,
        )

    def first_load(self) -> None:
        """The first weights are about to come: call it just before them."""
        self.sampler.first_load()

    def sample(self, label: str) -> Sample:
        """Measure now."""
        sample: Sample = {"label": label, "at_s": round(time.monotonic() - self.began_s, 4)}
        sample["rss_mib"] = _in_mib(self.sampler.look())
        used = self._gpu_used()
        measured = {
            "cuda_allocated_mib": device_allocated(self.device),
            "cuda_reserved_mib": device_reserved(self.device),
            "gpu_used_mib": used,
        }
        sample.update({name: _in_mib(nbytes) for name, nbytes in measured.items() if nbytes is not None})
        self._samples.append(sample)
        return sample

    def moment(self) -> Moment:
        """Everything, now; from any thread. Raises RuntimeError if there is no manager to look at."""
        if self.watched is None:
            raise RuntimeError("this monitor was given no manager's books, so it has no moments to show")
        ledger, rss = self.watched.ledger, self.sampler.look()
        return Moment(
            at_s=time.monotonic() - self.began_s,
            step=self.step,
            rss=rss,
            rss_before_load=self.sampler.before_load,
            rss_peak=self.sampler.peak,
            tier=ledger.account.report(self._measured()),
            behind=tuple(account.report(None) for account in tuple(ledger.others.values())),
            cuda_reserved=device_reserved(self.device),
            gpu_used=self._gpu_used(),
            peak_committed=ledger.account.peak,
            modules=ledger.snapshot().modules,
            next_use=dict(self.watched.outlook().next_use),
        )

    def pulse(self) -> tuple[object, ...]:
        """What a moment would tell, cheaply: two that are equal had nothing new to tell, but for RSS and the GPU."""
        assert self.watched is not None
        ledger = self.watched.ledger
        account, lines = ledger.account, tuple(ledger.account.lines.items())
        return self.step, ledger.snapshot().modules, account.reserved, account.committed, lines, self._measured()

    def since(self, first: Sample) -> tuple[Sample, ...]:
        """The samples kept from `first` on, oldest first; those that no longer fit are gone."""
        kept = tuple(self._samples)
        return next((kept[i:] for i, sample in enumerate(kept) if sample is first), kept)

    async def follow(self, news: Subscription) -> None:
        """Sample at each phase boundary, until the subscription is closed."""
        async for event in news:
            if event.kind in (PHASE_STARTED, PHASE_FINISHED):
                self.step = event.name if event.kind == PHASE_STARTED else ""
                self.sample(f"{event.name} {event.kind.removeprefix('phase_')}")

    def _measured(self) -> int | None:
        assert self.watched is not None
        measured = self.watched.measured()
        if measured is not None:
            self.measured_peak = max(measured, self.measured_peak or 0)
        return measured

    def _gpu_used(self) -> int | None:
        return None if self._nvml is None else self._nvml.used()


def device_allocated(device: str) -> int | None:
    """Bytes that torch's allocator has given out on a CUDA device; None elsewhere."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.memory_allocated(device)


def device_reserved(device: str) -> int | None:
    """Bytes that torch's allocator holds on a CUDA device, given out or not; None elsewhere."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.memory_reserved(device)


def _in_mib(nbytes: int) -> float:
    return round(nbytes / MIB, 1)
