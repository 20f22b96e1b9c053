"""The warning of overfitting while a run goes on: validation worsens, training improves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redheart.training.run.figures import EpochFigures

RISE: Final = 0.02  # of the validation loss over its best
FALL: Final = 0.01  # of the training loss under what it was at that best
PATIENCE: Final = 3


def overfitting(figures: Sequence[EpochFigures], patience: int = PATIENCE) -> str | None:
    """The reason to warn, or None: each of the last `patience` epochs lies `RISE` over the best validation loss
    while training went `FALL` below its loss of that epoch.
    """
    ordered = sorted(figures, key=lambda one: one.epoch)
    if len(ordered) <= patience:
        return None
    best = min(ordered, key=lambda one: (one.validation_loss, one.epoch))
    if not all(_worse(one, best) for one in ordered[-patience:]):
        return None
    last = ordered[-1]
    return (
        f"overfitting for {patience} epochs: validation loss {last.validation_loss:.4g} at epoch {last.epoch} against "
        f"{best.validation_loss:.4g} at its best, epoch {best.epoch}, while the training loss fell from "
        f"{best.train_loss:.4g} to {last.train_loss:.4g}"
    )


def _worse(one: EpochFigures, best: EpochFigures) -> bool:
    rose = one.validation_loss > best.validation_loss and one.validation_loss >= best.validation_loss * (1 + RISE)
    return one.epoch > best.epoch and rose and one.train_loss <= best.train_loss * (1 - FALL)
