"""The sweet spot of every module: the epoch that most techniques choose on the validation split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Final

from redheart.errors import InputError
from redheart.training.run.figures import EpochFigures
from redheart.training.selection import gradient_health, lowest_loss, mcda, plateau, task_metric
from redheart.training.selection.curve import BACKBONE, Curve, curves_of
from redheart.training.selection.technique import Choice
from redheart.types.base import Frozen

#: Who votes. The fifth technique is the vote itself, in which the lowest loss takes part.
VOTERS: Final[dict[str, Callable[[Curve], Choice]]] = {
    plateau.NAME: plateau.choose,
    task_metric.NAME: task_metric.choose,
    mcda.NAME: mcda.choose,
    gradient_health.NAME: gradient_health.choose,
    lowest_loss.NAME: lowest_loss.choose,
}


class SweetSpot(Frozen):
    """One module's epoch. `confidence` is votes / voters, an abstention being no voter."""

    module: str
    epoch: int
    votes: int
    voters: int
    confidence: float
    validation_loss: float  # the module's, at that epoch
    score: float | None  # mean of `metrics` at that epoch; null where one is missing
    metrics: tuple[str, ...]
    choices: tuple[Choice, ...]


class DroppedEpoch(Frozen):
    """A checkpoint that was deleted, after which epoch, and why it and no other."""

    epoch: int
    after: int
    reason: str


class SweetSpots(Frozen):
    """What the run recommends. Every epoch in it has its checkpoint on disk."""

    epochs: int
    on_disk: tuple[int, ...]
    dropped: tuple[DroppedEpoch, ...]
    best_epoch: int  # lowest total validation loss on disk
    best_loss: float
    spots: dict[str, SweetSpot]  # by module, the backbone first


def find_sweet_spots(
    figures: Sequence[EpochFigures], on_disk: Collection[int], dropped: Sequence[DroppedEpoch] = ()
) -> SweetSpots:
    """Vote for every module. A module whose epochs are all gone from the disk has no sweet spot.

    Raises InputError if no epoch has both figures and a checkpoint.
    """
    curves = curves_of(figures, on_disk)
    held = sorted(one.epoch for one in figures if one.epoch in on_disk)
    if not held:
        raise InputError("no epoch has both its figures and its checkpoint: there is no sweet spot to look for.")
    backbone = vote(curves[BACKBONE])
    best = next(choice for choice in backbone.choices if choice.technique == lowest_loss.NAME)
    assert best.epoch is not None
    return SweetSpots(
        epochs=len(figures),
        on_disk=tuple(held),
        dropped=tuple(dropped),
        best_epoch=best.epoch,
        best_loss=next(one.validation_loss for one in figures if one.epoch == best.epoch),
        spots={name: vote(curve) for name, curve in curves.items() if curve.held.any()},
    )


def vote(curve: Curve) -> SweetSpot:
    """Most votes; of equals the lower validation loss, then the lower epoch. At least one epoch must be on disk."""
    choices = tuple(choose(curve) for choose in VOTERS.values())
    votes = Counter(choice.epoch for choice in choices if choice.epoch is not None)
    place = {int(epoch): at for at, epoch in enumerate(curve.epochs)}
    winner = min(votes, key=lambda epoch: (-votes[epoch], curve.losses[place[epoch]], epoch))
    score = float(curve.scores[place[winner]])
    return SweetSpot(
        module=curve.name,
        epoch=winner,
        votes=votes[winner],
        voters=votes.total(),
        confidence=votes[winner] / votes.total(),
        validation_loss=float(curve.losses[place[winner]]),
        score=score if score == score else None,
        metrics=curve.metrics,
        choices=choices,
    )
