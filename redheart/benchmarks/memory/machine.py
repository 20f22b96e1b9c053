"""The machine a benchmark ran on, as far as its figures depend on it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from redheart.memory.free import free_host_mib
from redheart.version import __version__

CPUINFO = Path("/proc/cpuinfo")


def look() -> dict[str, object]:
    """Versions, processors, RAM in MiB, load average."""
    return {
        "redheart": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "ram_total_mib": psutil.virtual_memory().total >> 20,
        "ram_free_mib": int(free_host_mib()),
        "load_average": [round(load, 2) for load in psutil.getloadavg()],
        "torch": installed("torch"),
        "accelerate": installed("accelerate"),
        "diffusers": installed("diffusers"),
    }


def installed(package: str) -> str | None:
    """The version of a package, None where it is absent."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
