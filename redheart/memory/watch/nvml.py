"""What NVIDIA's driver says of a GPU's memory, everybody's use included."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

_log = logging.getLogger(__name__)


class Nvml:
    """One GPU. A driver that stops answering is told of once, then its numbers are left out: nothing rests on them."""

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle
        self._told = False
        self.name = str(library.nvmlDeviceGetName(handle))

    def used(self) -> int | None:
        """Bytes in use on this GPU by everybody; None where the driver does not say."""
        try:
            return int(self._library.nvmlDeviceGetMemoryInfo(self._handle).used)
        except self._library.NVMLError as error:
            self._tell(error)
            return None

    def by_process(self) -> dict[int, int]:
        """Process id -> bytes it holds on this GPU, of those the driver tells. In a container it may tell none."""
        try:
            found = self._library.nvmlDeviceGetComputeRunningProcesses(self._handle)
        except self._library.NVMLError as error:
            self._tell(error)
            return {}
        return {int(process.pid): int(process.usedGpuMemory) for process in found if process.usedGpuMemory is not None}

    def _tell(self, error: Exception) -> None:
        if not self._told:  # once: a batch takes thousands of samples
            _log.warning("NVML gives no sample of GPU memory (%s); its numbers are left out", error)
        self._told = True


def open_nvml(device: str) -> Nvml | None:
    """The GPU that torch calls `device`, or the first one for another device; None without a driver or a GPU."""
    import pynvml

    try:
        pynvml.nvmlInit()
        return Nvml(pynvml, _handle(pynvml, device))
    except pynvml.NVMLError:
        return None


def _handle(library: Any, device: str) -> Any:
    if not device.startswith("cuda"):
        return library.nvmlDeviceGetHandleByIndex(0)
    import torch

    # By its UUID: CUDA_VISIBLE_DEVICES renumbers torch's devices, never the driver's.
    return library.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")


def measure_others(device: str) -> Callable[[], Mapping[int, int]]:
    """What each process holds on the GPU, process id -> bytes, as its driver says; nobody says it of RAM."""
    nvml = open_nvml(device) if device.startswith("cuda") else None
    return dict if nvml is None else nvml.by_process
