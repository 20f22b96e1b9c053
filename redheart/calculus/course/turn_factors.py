"""What a turn of the mood must cost so that few texts without one seem to turn, by their length."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Share of texts without a turn that may seem to turn somewhere.
FALSE_ALARMS: Final = 0.05

#: Sentences -> factor of the criterion's penalty at which 5 % of simulated texts without a turn have one, never below
#: 1. Simulated from the shipped calibration by redheart/benchmarks/turn_alarms.py (stationary, first-order
#: autoregressive states, read with the head's error). Without a factor 17 % of texts of six sentences turn.
FACTORS: Final[Mapping[int, float]] = MappingProxyType({
    6: 1.42, 7: 1.40, 8: 1.37, 10: 1.32, 12: 1.29, 16: 1.22, 24: 1.14, 32: 1.10, 48: 1.04, 64: 1.0,
})  # fmt: skip


def turn_factor(sentences: int) -> float:
    """That of the greatest length in the table that is not above this one; the table falls, so it is enough.

    Raises ValueError below the shortest length.
    """
    within = [length for length in FACTORS if length <= sentences]
    if not within:
        raise ValueError(f"'{sentences}' points: change points need {min(FACTORS)} or more")
    return FACTORS[max(within)]
