"""What a technique says of one curve: the epoch it chooses, or why it abstains."""

from __future__ import annotations

import numpy as np

from redheart.training.selection.curve import Curve
from redheart.types.base import Frozen


class Choice(Frozen):
    """One technique's word on one module. `epoch` is on disk, or null for an abstention, which is no vote."""

    technique: str
    epoch: int | None
    reason: str
    wanted: int | None = None  # what it would have chosen, where the checkpoint of that epoch is not on disk
    span: tuple[int, int] | None = None  # first and last epoch of a plateau


def abstention(technique: str, reason: str) -> Choice:
    """No vote, and why."""
    return Choice(technique=technique, epoch=None, reason=reason)


def highest(technique: str, curve: Curve, values: np.ndarray, reason: str) -> Choice:
    """The epoch of the highest value (n,) among those on disk; NaN is not chosen, of equals the lower epoch is.

    `reason` may use `{value}`, the value chosen, and `{loss}`, the validation loss there.
    """
    known = np.isfinite(values)
    if not (known & curve.held).any():
        return abstention(technique, "no epoch that it could choose is on disk")
    best = int(np.argmax(np.where(known, values, -np.inf)))
    at = int(np.argmax(np.where(known & curve.held, values, -np.inf)))
    return Choice(
        technique=technique,
        epoch=int(curve.epochs[at]),
        reason=reason.format(value=f"{values[at]:.4g}", loss=f"{curve.losses[at]:.4g}"),
        wanted=None if values[best] == values[at] else int(curve.epochs[best]),
    )
