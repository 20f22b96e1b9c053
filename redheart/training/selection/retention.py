"""Which epoch checkpoints stay on disk: what a sweet spot may still need, within a budget. Decides, deletes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

from redheart.training.run.figures import EpochFigures
from redheart.training.selection import lowest_loss, plateau, task_metric
from redheart.training.selection.curve import BACKBONE, Curve, curves_of
from redheart.training.selection.sweet_spot import DroppedEpoch, SweetSpot, vote

#: Epochs to either side of a sweet spot that a weighted crossover draws on.
REACH = 2


class Claim(IntEnum):
    """Why an epoch should stay, dearest first. When the disk is full, the lightest claim goes."""

    NEVER_DROPPED = 0  # the best total validation loss, the newest
    SWEET_SPOT = 1  # the vote of a module, were the run to end now
    BEST_OF_PART = 2  # by its loss, by its main metric
    CHOSEN = 3  # by any other technique
    OPEN_PLATEAU = 4  # from the centre of a plateau that has not ended to the newest: its centre is still moving
    NEIGHBOUR = 5  # within `REACH` of a sweet spot
    NONE = 6


@dataclass(frozen=True, slots=True)
class Retained:
    """What stays; what goes, with the reason."""

    kept: frozenset[int]
    dropped: tuple[DroppedEpoch, ...] = ()


def keep(figures: Sequence[EpochFigures], on_disk: Collection[int], bytes_each: int, budget_bytes: int) -> Retained:
    """Everything while it fits; else the dearest claims, then the most of them, the lower validation loss, the lower
    epoch. The epoch of the best total validation loss and the newest stay even where the budget is smaller than both.
    """
    room = max(budget_bytes // max(bytes_each, 1), 0)
    held = sorted(set(on_disk))
    if len(held) <= room:
        return Retained(frozenset(held))
    claims = claims_of(figures, held)
    losses = {one.epoch: one.validation_loss for one in figures}
    # A checkpoint without figures cannot be chosen by anybody: first to go.
    ranked = sorted(
        held, key=lambda epoch: (min(claims[epoch]), -_weight(claims[epoch]), losses.get(epoch, float("inf")), epoch)
    )
    least = sum(min(claims[epoch]) == Claim.NEVER_DROPPED for epoch in held)
    going = sorted(ranked[max(room, least) :])
    newest = max((one.epoch for one in figures), default=held[-1])
    return Retained(
        frozenset(held) - set(going),
        tuple(DroppedEpoch(epoch=epoch, after=newest, reason=_reason(claims[epoch], room)) for epoch in going),
    )


def claims_of(figures: Sequence[EpochFigures], on_disk: Collection[int]) -> dict[int, dict[Claim, list[str]]]:
    """Epoch on disk -> its claims -> the modules that make them; at least one claim an epoch."""
    claims: dict[int, dict[Claim, list[str]]] = {epoch: defaultdict(list) for epoch in on_disk}
    judged = [one.epoch for one in figures if one.epoch in claims]
    if claims:
        claims[max(judged or claims)][Claim.NEVER_DROPPED].append("newest")
    for curve in curves_of(figures, on_disk).values() if figures else ():
        if curve.held.any():
            _claim_curve(claims, curve)
    for made in claims.values():
        made.setdefault(Claim.NONE, [])
    return claims


def _claim_curve(claims: dict[int, dict[Claim, list[str]]], curve: Curve) -> None:
    spot = vote(curve)
    claims[spot.epoch][Claim.SWEET_SPOT].append(curve.name)
    for choice in spot.choices:
        if choice.epoch is not None:
            claims[choice.epoch][_claim_of(choice.technique, curve)].append(curve.name)
    near = {epoch for epoch in claims if 0 < abs(epoch - spot.epoch) <= REACH}
    for claim, epochs in ((Claim.NEIGHBOUR, near), (Claim.OPEN_PLATEAU, _open_plateau(spot, curve))):
        for epoch in epochs & claims.keys():
            claims[epoch][claim].append(curve.name)


def _claim_of(technique: str, curve: Curve) -> Claim:
    if technique == lowest_loss.NAME:
        return Claim.NEVER_DROPPED if curve.name == BACKBONE else Claim.BEST_OF_PART
    return Claim.BEST_OF_PART if technique == task_metric.NAME else Claim.CHOSEN


def _open_plateau(spot: SweetSpot, curve: Curve) -> set[int]:
    """From the centre to the newest epoch, where the plateau has not ended."""
    span = next(choice.span for choice in spot.choices if choice.technique == plateau.NAME)
    if span is None or span[1] != curve.epochs[-1]:
        return set()
    return set(range((span[0] + span[1]) // 2, span[1] + 1))


def _weight(claims: dict[Claim, list[str]]) -> int:
    """How many modules make the dearest claim."""
    return len(claims[min(claims)])


def _reason(claims: dict[Claim, list[str]], room: int) -> str:
    dearest = min(claims)
    files = f"{room} file{'s' * (room != 1)}"
    if dearest == Claim.NONE:
        return f"the budget holds {files}; no module had a claim on this epoch"
    said = dearest.name.lower().replace("_", " ")
    return f"the budget holds {files}; others had dearer claims than '{said}' of {', '.join(claims[dearest])}"
