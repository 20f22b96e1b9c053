"""How many bytes may lie where, on the tier that counts on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from redheart.config.schema import MemorySection
from redheart.memory.watch.folders import weights_folder
from redheart.types.residency import Tier

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Budgets:
    """`nbytes` may be committed on tier `counted`; `pinned_bytes` and `disk_bytes` bound the copies behind it.

    `context_bytes` of `nbytes` are what libraries take when computing begins (a GPU's driver takes it outside of them).
    `keep_warm` leaves idle modules there after use; `prefetch` lets the next step's come early. Watermarks are shares
    of `nbytes`, low < high. `resident` are names, or patterns such as 'head.*', of modules that never leave;
    `disk_folder` is where copies of weights are kept.
    """

    counted: Tier
    nbytes: int
    keep_warm: bool = True
    prefetch: bool = True
    high_watermark: float = 0.925
    low_watermark: float = 0.85
    context_bytes: int = 0
    pinned_bytes: int = 0
    disk_bytes: int = 0
    disk_folder: Path | None = None
    resident: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls, section: MemorySection, device_type: str) -> Budgets:
        """The device's budget where `device_type` is 'cuda', else the host's, behind which nothing is pinned."""
        device = device_type == "cuda"
        return cls(
            counted=Tier.DEVICE if device else Tier.HOST,
            nbytes=int((section.device_budget_mib if device else section.host_budget_mib) * MIB),
            keep_warm=section.keep_warm,
            prefetch=section.prefetch,
            high_watermark=section.high_watermark,
            low_watermark=section.low_watermark,
            context_bytes=0 if device else int(section.context_mib * MIB),
            pinned_bytes=int(section.pinned_budget_mib * MIB) if device else 0,
            disk_bytes=int(section.disk_budget_mib * MIB),
            disk_folder=Path(section.disk_folder) if section.disk_folder else weights_folder(),
            resident=section.resident,
        )

    @property
    def setting(self) -> str:
        """Name of the setting that holds this budget."""
        return budget_setting(self.counted)

    def stays(self, module: str) -> bool:
        """True for a module that never leaves once it is in."""
        return any(fnmatchcase(module, pattern) for pattern in self.resident)


def budget_setting(tier: Tier) -> str:
    """Name of the setting that holds a working tier's budget."""
    return f"memory.{tier}_budget_mib"


def mib(nbytes: float) -> str:
    """Bytes, written in MiB."""
    return f"{nbytes / MIB:.1f} MiB"
