"""Whether this machine has the room that the host tiers are measured in."""

from __future__ import annotations

import shutil
import tempfile
from typing import Final

from redheart.errors import ConfigError
from redheart.memory.budgets import MIB
from redheart.memory.free import free_host_mib

RAM_TIMES: Final = 6.5  # two warm buffers, our arena, a clone, the files in the page cache
DISK_TIMES: Final = 4.5  # safetensors, torch's file, the peers' own copies
SPARE_MIB: Final = 512


def refuse_too_little_room(gb: float) -> None:
    """Raises ConfigError if RAM, or the disk of the folder for temporary files, is too small for `gb` GB of weights."""
    folder = tempfile.gettempdir()
    weights_mib = gb * 1e9 / MIB
    for place, times, free in (
        ("RAM", RAM_TIMES, free_host_mib()),
        (f"disk at '{folder}'", DISK_TIMES, shutil.disk_usage(folder).free / MIB),
    ):
        needed = times * weights_mib + SPARE_MIB
        if needed > free:
            fits = max(0.0, (free - SPARE_MIB) / times * MIB / 1e9)
            raise ConfigError(
                f"--gb '{gb:g}' needs {needed:,.0f} MiB of {place}, and {free:,.0f} MiB are free. "
                f"Use --gb {fits:.1f} or less, or set TMPDIR to a larger disk."
            )
