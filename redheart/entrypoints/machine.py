"""What this machine has, as far as it concerns a run. Looks only; loads no model."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from redheart.config.environment import data_folders, force_cpu, provider_keys_present
from redheart.config.schema import Settings
from redheart.devices import bfloat16_is_native, cuda_available
from redheart.entrypoints.inventory import ModelFolder, model_folders

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU as NVML sees it, everybody's use included. MiB."""

    name: str
    total_mib: int
    free_mib: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything `doctor` says. Keys are present or not, never shown."""

    redheart: str
    python: str
    system: str
    torch: str
    transformers: str
    devices: tuple[str, ...]
    force_cpu: bool
    processors: int
    bfloat16: bool
    ram_total_mib: int
    ram_free_mib: int
    gpus: tuple[Gpu, ...]
    memory_mode: str
    models: tuple[ModelFolder, ...]
    experience: str
    experience_enabled: bool
    experience_exists: bool
    llm_providers: tuple[str, ...]
    keys: dict[str, bool]
    data_folders: dict[str, bool]


def look_at_machine(settings: Settings, memory_mode: str, providers: tuple[str, ...]) -> Machine:
    """Look at everything once."""
    import psutil

    from redheart.experience.location import default_path
    from redheart.memory.free import free_host_mib
    from redheart.version import __version__

    store = Path(settings.experience.path) if settings.experience.path else default_path()
    return Machine(
        redheart=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        torch=version("torch"),
        transformers=version("transformers"),
        devices=("cpu", "cuda") if cuda_available(force_cpu()) else ("cpu",),
        force_cpu=force_cpu(),
        processors=_processors(),
        bfloat16=bfloat16_is_native(),
        ram_total_mib=psutil.virtual_memory().total // _MIB,
        ram_free_mib=int(free_host_mib()),
        gpus=gpus(),
        memory_mode=memory_mode,
        models=model_folders(settings),
        experience=str(store),
        experience_enabled=settings.experience.enabled,
        experience_exists=store.is_dir(),
        llm_providers=providers,
        keys=provider_keys_present(),
        data_folders={str(folder): folder.is_dir() for folder in data_folders()},
    )


def _processors() -> int:
    """Processors this process may use: a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> tuple[Gpu, ...]:
    """Every GPU that NVML lists; empty where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_gpu(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()))
    finally:
        pynvml.nvmlShutdown()


def _gpu(nvml: Any, index: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return Gpu(str(nvml.nvmlDeviceGetName(handle)), int(memory.total) // _MIB, int(memory.free) // _MIB)
