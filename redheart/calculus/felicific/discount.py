"""What delay takes from a value: three named discounts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, Literal

Discount = Literal["hyperbolic", "exponential", "none"]

#: Delay runs from 0 (now) to 1 (the farthest that a propinquity in [0, 1] can tell). Stated, not measured: the farthest
#: counts half, under either curve, so that the two differ in shape alone.
HYPERBOLIC_RATE: Final = 1.0
EXPONENTIAL_RATE: Final = math.log(2)


def hyperbolic(delay: float, rate: float = HYPERBOLIC_RATE) -> float:
    """1 / (1 + rate delay), in (0, 1] (Mazur 1987): two rewards may change places as both draw near."""
    _check(delay, rate)
    return 1.0 / (1.0 + rate * delay)


def exponential(delay: float, rate: float = EXPONENTIAL_RATE) -> float:
    """exp(-rate delay), in (0, 1] (Samuelson 1937): two rewards keep their order however far off both are."""
    _check(delay, rate)
    return math.exp(-rate * delay)


def undiscounted(delay: float) -> float:
    """1: the time neutrality that Kahneman, Wakker and Sarin (1997) ask of total utility."""
    _check(delay, 0.0)
    return 1.0


DISCOUNTS: Final[Mapping[str, Callable[[float], float]]] = {
    "hyperbolic": hyperbolic,
    "exponential": exponential,
    "none": undiscounted,
}


def discounted(delay: float, name: str) -> float:
    """The share in (0, 1] that is left of a value after `delay` >= 0. Raises ValueError for an unknown name."""
    if name not in DISCOUNTS:
        raise ValueError(f"discount '{name}' is unknown; choose one of {', '.join(DISCOUNTS)}")
    return DISCOUNTS[name](delay)


def _check(delay: float, rate: float) -> None:
    for name, value in (("delay", delay), ("rate", rate)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is '{value}'; it must be a finite number of at least 0")
