"""Samples of what memory really is: the process's RSS, torch's CUDA allocator, NVML."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

import psutil

from redheart.events import PHASE_FINISHED, PHASE_STARTED, Subscription
from redheart.memory.budgets import MIB

_log = logging.getLogger(__name__)

Sample = dict[str, float | str]
NO_GPU = "no GPU"


class MemoryMonitor:
    """Takes a sample when told to, or at each phase boundary it hears of. Keeps the newest `capacity`.

    A sample: `label`, `at_s` since the monitor began, `rss_mib`; with CUDA `cuda_allocated_mib`, `cuda_reserved_mib`;
    with NVML `gpu_used_mib`, of the first GPU and everybody on it, left out where NVML fails. `gpu` is that
    GPU's name, or "no GPU".
    """

    def __init__(self, device: str, capacity: int = 1024) -> None:
        self._device = device
        self._samples: deque[Sample] = deque(maxlen=capacity)
        self._began = time.perf_counter()
        self._process = psutil.Process()
        self._nvml, self._handle, self.gpu = _open_nvml()
        self._told = False

    def sample(self, label: str) -> Sample:
        """Measure now."""
        sample: Sample = {"label": label, "at_s": round(time.perf_counter() - self._began, 4)}
        sample["rss_mib"] = round(self._process.memory_info().rss / MIB, 1)
        sample.update(_cuda(self._device))
        sample.update(self._nvml_used())
        self._samples.append(sample)
        return sample

    def _nvml_used(self) -> Sample:
        """Nothing where there is no NVML, or where it fails: no request may fail for want of a sample."""
        if self._nvml is None:
            return {}
        try:
            used = self._nvml.nvmlDeviceGetMemoryInfo(self._handle).used
        except self._nvml.NVMLError as error:
            if not self._told:  # once: a batch takes thousands of samples
                _log.warning("NVML gives no sample of GPU memory (%s); `gpu_used_mib` is left out", error)
            self._told = True
            return {}
        return {"gpu_used_mib": round(used / MIB, 1)}

    def since(self, first: Sample) -> tuple[Sample, ...]:
        """The samples kept from `first` on, oldest first; those that no longer fit are gone."""
        kept = tuple(self._samples)
        return next((kept[i:] for i, sample in enumerate(kept) if sample is first), kept)

    async def follow(self, news: Subscription) -> None:
        """Sample at each phase boundary, until the subscription is closed."""
        async for event in news:
            if event.kind in (PHASE_STARTED, PHASE_FINISHED):
                self.sample(f"{event.name} {event.kind.removeprefix('phase_')}")


def device_allocated(device: str) -> int | None:
    """Bytes that torch's allocator holds on a CUDA device; None elsewhere."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.memory_allocated(device)


def _cuda(device: str) -> Sample:
    allocated = device_allocated(device)
    if allocated is None:
        return {}
    import torch

    reserved = torch.cuda.memory_reserved(device)
    return {"cuda_allocated_mib": round(allocated / MIB, 1), "cuda_reserved_mib": round(reserved / MIB, 1)}


def _open_nvml() -> tuple[Any, Any, str]:
    """NVML, its first GPU, that GPU's name; (None, None, "no GPU") where there is no driver or no GPU."""
    import pynvml

    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        return pynvml, handle, str(pynvml.nvmlDeviceGetName(handle))
    except pynvml.NVMLError:
        return None, None, NO_GPU
