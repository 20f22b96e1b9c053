"""What is free on this machine, now."""

from pathlib import Path

import psutil

from redheart.memory.budgets import MIB

CGROUP = Path("/sys/fs/cgroup")


def free_host_mib(cgroup: Path = CGROUP) -> float:
    """RAM that this process can still get, MiB: the machine's, or the container's where that is less."""
    machine = psutil.virtual_memory().available / MIB
    container = _container_free_mib(cgroup)
    return machine if container is None else min(machine, container)


def free_device_mib(device_type: str) -> float | None:
    """GPU memory that this process can still get, MiB; None where `device_type` is not 'cuda'."""
    if device_type != "cuda":
        return None
    import torch

    free, _ = torch.cuda.mem_get_info()
    return float(free) / MIB


def _container_free_mib(cgroup: Path) -> float | None:
    """None where no container limits this process. Page cache that nobody uses now is free: the kernel gives it up."""
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        used = (cgroup / "memory.current").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return None if limit == "max" else max(0, int(limit) - int(used) + _idle_cache_bytes(cgroup)) / MIB


def _idle_cache_bytes(cgroup: Path) -> int:
    """`inactive_file` of memory.stat; 0 where the kernel does not say."""
    try:
        lines = (cgroup / "memory.stat").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
