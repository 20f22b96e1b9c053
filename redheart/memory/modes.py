"""Which memory mode suits what is free on a machine."""

from typing import Final, NamedTuple

from redheart.errors import BudgetError

FREE_SHARE: Final = 0.8  # the rest is left to activations, and to everybody else on the machine


class ModeBudget(NamedTuple):
    """What weights may fill in one mode, MiB."""

    device_mib: float
    host_mib: float


#: The budgets of `configs/memory/*.yaml` (a test keeps the two equal), smallest first.
MODE_BUDGETS: Final[dict[str, ModeBudget]] = {
    "light": ModeBudget(2048, 256),
    "medium": ModeBudget(6692, 1024),
    "heavy": ModeBudget(12288, 4096),
    "ultra": ModeBudget(24576, 8192),
}


def choose_mode(free_device_mib: float | None, free_host_mib: float) -> str:
    """The largest mode whose budget fits in 80 % of what is free: on the device, or on the host where there is none.

    Raises BudgetError if not even the smallest fits.
    """
    place, free = ("host", free_host_mib) if free_device_mib is None else ("device", free_device_mib)
    fitting = [name for name, budget in MODE_BUDGETS.items() if _needed(budget, place) <= FREE_SHARE * free]
    if not fitting:
        smallest = next(iter(MODE_BUDGETS))
        raise BudgetError(
            f"{free:.0f} MiB of {place} memory are free; the smallest mode, '{smallest}', needs "
            f"{_needed(MODE_BUDGETS[smallest], place) / FREE_SHARE:.0f} MiB. Free some memory, or name a mode with "
            f"--memory-mode and set memory.{place}_budget_mib yourself."
        )
    return fitting[-1]


def _needed(budget: ModeBudget, place: str) -> float:
    return budget.host_mib if place == "host" else budget.device_mib
