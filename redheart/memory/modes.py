"""Which memory mode suits what is free on a machine. The modes themselves are the YAMLs of `configs/memory`."""

from __future__ import annotations

from functools import cache
from typing import Final

from redheart.config.bundled import bundled_folder
from redheart.config.schema import MemorySection
from redheart.errors import BudgetError

FREE_SHARE: Final = 0.8  # the rest is left to activations, and to everybody else on the machine


@cache
def modes() -> dict[str, MemorySection]:
    """Every mode's own settings by name, smallest budget first."""
    import yaml

    sections = {}
    for path in (bundled_folder("configs") / "memory").glob("*.yaml"):
        overlay = yaml.safe_load(path.read_text(encoding="utf-8"))
        sections[path.stem] = MemorySection(**overlay["memory"])
    return dict(sorted(sections.items(), key=lambda item: item[1].device_budget_mib))


def choose_mode(free_device_mib: float | None, free_host_mib: float) -> str:
    """The largest mode whose budget fits in 80 % of what is free: on the device, or on the host where there is none.

    Raises BudgetError if not even the smallest fits.
    """
    place, free = ("host", free_host_mib) if free_device_mib is None else ("device", free_device_mib)
    fitting = [name for name, section in modes().items() if _needed(section, place) <= FREE_SHARE * free]
    if not fitting:
        smallest, section = next(iter(modes().items()))
        raise BudgetError(
            f"{free:.0f} MiB of {place} memory are free; the smallest mode, '{smallest}', needs "
            f"{_needed(section, place) / FREE_SHARE:.0f} MiB. Free some memory, or name a mode with "
            f"--memory-mode and set memory.{place}_budget_mib yourself."
        )
    return fitting[-1]


def _needed(section: MemorySection, place: str) -> float:
    return section.host_budget_mib if place == "host" else section.device_budget_mib
