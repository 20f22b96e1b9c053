"""What a run ran on, without the name of a host, a user or a folder."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import torch

from redheart.training.report.story import EnvironmentStory
from redheart.version import __version__


def environment_of(
    device: torch.device, seconds: Mapping[str, float], samples_per_second: float | None = None, sessions: int = 1
) -> EnvironmentStory:
    """Look at this machine now; `seconds` by stage are those of all sessions."""
    return EnvironmentStory(
        redheart=__version__,
        python=platform.python_version(),
        torch=torch.__version__,
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(Path("/proc/cpuinfo")),
        threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=dict(seconds),
        sessions=sessions,
        samples_per_second=samples_per_second,
    )


def _processor(cpuinfo: Path) -> str:
    """The model's name; its architecture where the system does not say."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
