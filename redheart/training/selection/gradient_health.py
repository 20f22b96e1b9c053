"""Gradient health: an objection to an epoch that was learned with unsound gradients."""

from __future__ import annotations

from typing import Final

import numpy as np

from redheart.training.selection.curve import Curve
from redheart.training.selection.technique import Choice, abstention, highest

NAME: Final = "gradient"
NORMS: Final = (1e-3, 10.0)
#: Change over an epoch against the weights: below, rounding eats it; above, the weights are replaced, not taught.
RATIOS: Final = (1e-6, 1.0)


def choose(curve: Curve) -> Choice:
    """The lowest validation loss among the healthiest epochs, where the lowest loss of all is not one of them.

    Else it abstains: an objection that it does not have must not count as a second vote for the lowest loss.
    """
    health = healths(curve)
    known = np.isfinite(health)
    if not known.any():
        return abstention(NAME, "no gradients were measured")
    lowest = int(np.argmin(curve.losses))
    if health[lowest] == health[known].max():
        return abstention(NAME, f"health {health[lowest]:.3g} where the loss is lowest: no objection")
    return highest(NAME, curve, _ranks(health, curve.losses), "lowest loss ({loss}) among the healthiest epochs")


def healths(curve: Curve) -> np.ndarray:
    """(n,) in [0, 1]: 1 inside both bands, else the factor by which the worse of the two lies outside; NaN unknown."""
    both = np.stack([_inside(curve.norms, *NORMS), _inside(curve.ratios, *RATIOS)])
    lower: np.ndarray = np.fmin(both[0], both[1])
    return lower


def _ranks(health: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """(n,) the healthier the higher, of equals the lower loss, of equals the earlier epoch; NaN stays NaN."""
    ranks = np.empty(len(health))
    ranks[np.lexsort((-np.arange(len(health)), -losses, health))] = np.arange(len(health))
    return np.where(np.isfinite(health), ranks, np.nan)


def _inside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    inside: np.ndarray = np.minimum(1.0, np.minimum(values / low, high / np.maximum(values, low)))
    return inside
