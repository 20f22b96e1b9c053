"""Total utility of an episode: the time integral of moment utility (Kahneman, Wakker and Sarin 1997)."""

from __future__ import annotations

import math
from collections.abc import Sequence


def total_utility(moments: Sequence[float], lengths: Sequence[float]) -> float:
    """Sum of moment utility x length, in the unit of both. `lengths` >= 0, one a moment.

    Inclusive, separable, time-neutral: no discount, no weight for the peak or the end.
    Raises ValueError for lists of unequal length, or a value that is not finite or a length below 0.
    """
    if len(moments) != len(lengths):
        raise ValueError(f"'{len(lengths)}' lengths were given for {len(moments)} moments; give one each")
    for moment, length in zip(moments, lengths, strict=True):
        if not (math.isfinite(moment) and math.isfinite(length) and length >= 0):
            raise ValueError(f"a moment of '{moment}' over '{length}' has no utility; both must be finite, length >= 0")
    return math.fsum(moment * length for moment, length in zip(moments, lengths, strict=True))
