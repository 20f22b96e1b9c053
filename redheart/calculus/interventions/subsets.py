"""All subsets of n units in the one order that every caller uses."""

import numpy as np
from numpy.typing import NDArray


def all_subsets(n: int) -> NDArray[np.bool_]:
    """(2**n, n): row k holds unit i if bit i of k is set, so row 0 is empty and the last row is whole.

    Raises ValueError for n < 0 or n > 20.
    """
    if not 0 <= n <= 20:
        raise ValueError(f"subsets of '{n}' units were asked for; 0 to 20 can be listed")
    rows = np.arange(2**n)[:, None]
    return (rows >> np.arange(n)[None, :] & 1).astype(np.bool_)
