"""Which epochs a crossover mixes, by strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from redheart.training.selection.mixture import Recipe, Shares
from redheart.training.selection.retention import REACH
from redheart.training.selection.sweet_spot import SweetSpots
from redheart.types.base import Frozen

EPOCH: Final = "epoch"  # one epoch as it is: no crossover
SELECTIVE: Final = "selective"
WEIGHTED: Final = "weighted"
INTERPOLATED: Final = "interpolated"


class SoupStep(Frozen):
    """One epoch offered to the average, with the validation loss that the average would then have."""

    epoch: int
    validation_loss: float | None
    joined: bool


def single(modules: Iterable[str], epoch: int) -> Recipe:
    """All of one epoch."""
    return {module: {epoch: 1.0} for module in modules}


def uniform(modules: Iterable[str], epochs: Sequence[int]) -> Recipe:
    """The plain average of whole networks."""
    return {module: dict.fromkeys(epochs, 1 / len(epochs)) for module in modules}


def selective(spots: SweetSpots) -> Recipe:
    """Each module from its own sweet spot."""
    return {name: {spot.epoch: 1.0} for name, spot in spots.spots.items()}


def weighted(spots: SweetSpots) -> Recipe:
    """Each module averaged over the epochs on disk within `REACH` of its sweet spot, weight 1 / (1 + distance)."""
    return {name: _around(spot.epoch, spots.on_disk) for name, spot in spots.spots.items()}


def greedy_soup(
    epochs: Sequence[int], first_loss: float, loss_of: Callable[[Sequence[int]], float | None]
) -> tuple[tuple[int, ...], tuple[SoupStep, ...]]:
    """Wortsman et al. (2203.05482): from the best of `epochs`, best first, an epoch joins the uniform average only if
    the validation loss falls. `loss_of` measures an average; null is no finite loss. The average is never worse than
    `first_loss`, that of the first epoch alone.
    """
    members: tuple[int, ...] = (epochs[0],)
    lowest, steps = first_loss, []
    for epoch in epochs[1:]:
        loss = loss_of((*members, epoch))
        joins = loss is not None and loss < lowest
        steps.append(SoupStep(epoch=epoch, validation_loss=loss, joined=joins))
        if joins and loss is not None:
            members, lowest = (*members, epoch), loss
    return members, tuple(steps)


def _around(centre: int, on_disk: Iterable[int]) -> Shares:
    near = sorted((epoch for epoch in on_disk if abs(epoch - centre) <= REACH), key=lambda e: (abs(e - centre), e))
    weights: Mapping[int, float] = {epoch: 1 / (1 + abs(epoch - centre)) for epoch in near}
    return {epoch: weight / sum(weights.values()) for epoch, weight in weights.items()}
