"""Samples as the numbers of the bins they fall in."""

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
