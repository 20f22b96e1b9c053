"""What is measured of a run while it learns: one record a step, one an epoch."""

from __future__ import annotations

from redheart.types.base import Frozen


class StepFigures(Frozen):
    """One update, counted from 1."""

    step: int
    epoch: int
    lr: float
    loss: float  # weighted sum over the parts, penalties included
    gradient_norm: float  # before clipping
    parts: dict[str, float]  # part -> its loss


class PartFigures(Frozen):
    """One part on the validation split."""

    loss: float
    metrics: dict[str, float]  # '<target> <metric>' -> value, as in 'emotion macro_f1'


class EpochFigures(Frozen):
    """One epoch, counted from 1: validation figures, never training figures under their name."""

    epoch: int
    step: int
    lr: float
    train_loss: float  # mean over the epoch's steps
    validation_loss: float
    parts: dict[str, PartFigures]
    gradient_norms: dict[str, float]  # module (part, or backbone) -> mean norm over the epoch, before clipping
    update_ratios: dict[str, float]  # module -> |change of weights| / |weights| at the last step of the epoch
    seconds: float
    samples_per_second: float
