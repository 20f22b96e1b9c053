"""Logarithms of counts."""

from __future__ import annotations

import numpy as np

from redheart.calculus.cells.binned import Counts, Floats


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
