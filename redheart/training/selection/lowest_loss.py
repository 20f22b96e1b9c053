"""Lowest loss: the epoch with the lowest validation loss."""

from __future__ import annotations

from typing import Final

from redheart.training.selection.curve import Curve
from redheart.training.selection.technique import Choice, highest

NAME: Final = "lowest loss"


def choose(curve: Curve) -> Choice:
    """The lowest validation loss."""
    return highest(NAME, curve, -curve.losses, "validation loss {loss}")
