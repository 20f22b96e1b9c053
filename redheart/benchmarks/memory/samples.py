"""Percentiles of what was timed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (in (0, 1]) of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def seconds_of(action: Callable[[], object]) -> float:
    """How long `action` takes once."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
