"""How far mixed weights lie from those of one epoch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from redheart.training.selection.mixture import module_of
from redheart.types.base import Frozen


class Impact(Frozen):
    """Of floating tensors: mean |change|, |mixed| / |single| - 1, cosine between both; null for a zero vector."""

    numbers: int
    mean_change: float
    norm_change: float | None
    cosine: float | None


def impact(
    mixed: Mapping[str, Tensor], single: Mapping[str, Tensor], modules: Mapping[str, object]
) -> dict[str, Impact]:
    """By module that has any, and 'whole' for all of them. Two tensors are held at a time."""
    sums = {name: torch.zeros(5, dtype=torch.float64) for name in ("whole", *modules)}
    for name in single:
        ours, theirs = mixed[name], single[name]
        if ours.is_floating_point():
            found = _sums(ours.double(), theirs.double())
            sums["whole"] += found
            sums[module_of(name, modules)] += found
    return {name: _impact(*found.tolist()) for name, found in sums.items() if found[0]}


def _sums(ours: Tensor, theirs: Tensor) -> Tensor:
    """(5,): numbers, sum |change|, |ours|², |theirs|², ours · theirs."""
    numbers = torch.tensor(float(ours.numel()), dtype=torch.float64)
    change = (ours - theirs).abs().sum()
    return torch.stack([numbers, change, ours.square().sum(), theirs.square().sum(), (ours * theirs).sum()])


def _impact(numbers: float, change: float, ours: float, theirs: float, product: float) -> Impact:
    return Impact(
        numbers=int(numbers),
        mean_change=change / numbers,
        norm_change=(ours / theirs) ** 0.5 - 1 if theirs else None,
        cosine=product / (ours * theirs) ** 0.5 if ours and theirs else None,
    )
