"""AdamW as torch has it: weights, gradients and both moments in float32 on the device, 16 bytes a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from redheart.training.run.optimizers.stepper import (
    ParameterGroup,
    drop_gradients,
    groups_as_dicts,
    named,
    overwrite,
)

#: Our field -> torch's key in the state of a parameter.
FIELDS = {"steps": "step", "first": "exp_avg", "second": "exp_avg_sq"}


class PlainAdamW:
    """`torch.optim.AdamW`, fused where torch has a fused kernel."""

    def __init__(self, groups: Sequence[ParameterGroup], device: torch.device) -> None:
        self._optimizer = fused_adamw(groups_as_dicts(groups), device)
        self.param_groups: list[dict[str, Any]] = self._optimizer.param_groups

    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        self._optimizer.step()

    def zero_grad(self) -> None:
        """Drop all gradients."""
        drop_gradients(self.param_groups)

    def state(self) -> dict[str, Tensor]:
        """Steps, first and second moment of every parameter."""
        return {key: tensor.clone() for key, tensor in self._tensors().items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take `state` of an equal stepper. Raises CheckpointError if it is not."""
        overwrite(self._tensors(), state)

    def _tensors(self) -> dict[str, Tensor]:
        return moments(self._optimizer, {name: parameter for name, parameter, _ in named(self.param_groups)})


def fused_adamw(param_groups: list[dict[str, Any]], device: torch.device) -> torch.optim.AdamW:
    """AdamW over groups of float32 tensors on one device, with all its moments there from the start.

    torch would allocate them in the first step, where a refused allocation leaves some parameters updated.
    """
    optimizer = torch.optim.AdamW(param_groups, fused=device.type in ("cpu", "cuda") or None)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter] = {
                "step": torch.zeros((), device=device),
                "exp_avg": torch.zeros_like(parameter.detach(), memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter.detach(), memory_format=torch.preserve_format),
            }
    return optimizer


def moments(optimizer: torch.optim.AdamW, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """'<field>/<name>' -> the tensor itself, of these parameters."""
    return {
        f"{field}/{name}": optimizer.state[parameter][key]
        for name, parameter in parameters.items()
        for field, key in FIELDS.items()
    }
