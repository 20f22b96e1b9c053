"""A few parameters of one group with their float32 masters, moments and one AdamW, on the device or in RAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from redheart.training.run.optimizers.adamw import fused_adamw


class MasterBucket:
    """Parameters that are stepped together, so that float32 gradients of only so many exist at a time."""

    def __init__(self, names: Sequence[str], parameters: Sequence[nn.Parameter], home: torch.device) -> None:
        self.parameters = dict(zip(names, parameters, strict=True))
        self.masters = {
            name: parameter.detach().to(home, torch.float32, copy=True) for name, parameter in self.parameters.items()
        }
        self.optimizer = fused_adamw([{"params": list(self.masters.values())}], home)

    @property
    def elements(self) -> int:
        """Elements of all its parameters."""
        return sum(parameter.numel() for parameter in self.parameters.values())

    def graded(self) -> list[tuple[str, nn.Parameter, Tensor]]:
        """Its parameters that have a gradient, with it."""
        return [(name, p, p.grad) for name, p in self.parameters.items() if p.grad is not None]

    def step(self, gradients: dict[str, Tensor], group: dict[str, Any], scratch: Tensor) -> None:
        """One update of the masters that have a gradient, at the group's rate and decay.

        Gradients lie at home; `scratch` there holds as many float32 numbers as the bucket has elements, unless they
        are float32 already.
        """
        at = 0
        for name, gradient in gradients.items():
            wide = gradient
            if gradient.dtype != torch.float32:
                wide = scratch[at : at + gradient.numel()].view(gradient.shape).copy_(gradient)
                at += gradient.numel()
            self.masters[name].grad = wide
        self.optimizer.param_groups[0].update(lr=group["lr"], weight_decay=group["weight_decay"])
        self.optimizer.step()
        for master in self.masters.values():
            master.grad = None


def buckets_of(
    names: Sequence[str], parameters: Sequence[nn.Parameter], home: torch.device, most: int
) -> list[MasterBucket]:
    """Parameters in order, in buckets of at most `most` elements; one that is larger has a bucket of its own."""
    found: list[tuple[list[str], list[nn.Parameter]]] = []
    filled = most
    for name, parameter in zip(names, parameters, strict=True):
        if not found or filled + parameter.numel() > most:
            found.append(([], []))
            filled = 0
        found[-1][0].append(name)
        found[-1][1].append(parameter)
        filled += parameter.numel()
    return [MasterBucket(inside, chosen, home) for inside, chosen in found]


def scratch_of(buckets: Sequence[MasterBucket], home: torch.device) -> Tensor:
    """Room for the float32 gradients of the largest bucket: once, not anew in every step."""
    narrow = [b.elements for b in buckets if any(p.dtype != torch.float32 for p in b.parameters.values())]
    return torch.empty(max(narrow, default=0), device=home)
