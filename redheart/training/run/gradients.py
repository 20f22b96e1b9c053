"""Gradient norms by module, and the clip that they share."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redheart.nn.network.network import Network


class Gradients:
    """The gradients of a network, grouped by the module of the plan each belongs to."""

    def __init__(self, network: Network) -> None:
        self.modules = tuple(network.named_modules_of_plan())
        owner = {
            id(parameter): place
            for place, module in enumerate(network.named_modules_of_plan().values())
            for parameter in module.parameters()
        }
        self._parameters = list(network.parameters())
        self._owners = [owner[id(parameter)] for parameter in self._parameters]

    def clip(self, largest: float) -> Tensor:
        """Scale all gradients so that their norm is at most `largest`; (modules + 1,): norms before, the whole last.

        Raises nothing for NaN: the norm is then NaN, and the caller refuses the step.
        """
        present = [(p.grad, o) for p, o in zip(self._parameters, self._owners, strict=True) if p.grad is not None]
        if not present:  # no sample of the step taught anything
            return torch.zeros(len(self.modules) + 1, device=self._parameters[0].device)
        gradients = [gradient for gradient, _ in present]
        squares = torch.stack(torch._foreach_norm(gradients)).float().square()
        index = torch.tensor([o for _, o in present], device=squares.device)
        by_module = torch.zeros(len(self.modules), device=squares.device).index_add(0, index, squares)
        whole = squares.sum().sqrt()
        _scale(gradients, (largest / (whole + 1e-6)).clamp(max=1.0))
        return torch.cat([by_module.sqrt(), whole.unsqueeze(0)])


def _scale(gradients: Sequence[Tensor], factor: Tensor) -> None:
    torch._foreach_mul_(list(gradients), factor)
