"""How many bytes weights may fill, on the tier that counts on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from redheart.config.schema import MemorySection
from redheart.types.residency import Tier

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Budgets:
    """`nbytes` may be committed on tier `counted`. `keep_warm` leaves idle modules there after use."""

    counted: Tier
    nbytes: int
    keep_warm: bool = True

    @classmethod
    def from_settings(cls, section: MemorySection, device_type: str) -> Budgets:
        """The device's budget where `device_type` is 'cuda', else the host's."""
        if device_type == "cuda":
            return cls(Tier.DEVICE, int(section.device_budget_mib * MIB), section.keep_warm)
        return cls(Tier.HOST, int(section.host_budget_mib * MIB), section.keep_warm)

    @property
    def setting(self) -> str:
        """Name of the setting that holds this budget."""
        return f"memory.{self.counted}_budget_mib"


def mib(nbytes: int) -> str:
    """Bytes, written in MiB."""
    return f"{nbytes / MIB:.1f} MiB"
