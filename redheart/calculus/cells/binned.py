"""Binned samples, and logarithms of their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[Any]  # small whole numbers
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Binned:
    """`target` (N,) and `agents` (n, N): bin numbers; `bins`: how many there are, target first."""

    target: Codes
    agents: Codes
    bins: tuple[int, ...]

    @property
    def samples(self) -> int:
        """N."""
        return len(self.target)


def log2_table(most: int) -> Floats:
    """log2 of 0 to `most`, 0 for 0: 0 log 0 = 0."""
    table: Floats = np.log2(np.maximum(np.arange(most + 1), 1))
    return table


def log2_of(counts: Counts) -> Floats:
    """The same of an array. Each number that can occur is taken once, where that is less work."""
    most = int(counts.max())
    if most < counts.size:
        return log2_table(most).take(counts)
    logs: Floats = np.log2(np.maximum(counts, 1))
    return logs
