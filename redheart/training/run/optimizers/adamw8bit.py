"""AdamW with moments in 8 bits, and bfloat16 weights with their lost bits beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from redheart.nn.network.footprint.arrangement import SMALL
from redheart.training.run.optimizers.adamw import PlainAdamW
from redheart.training.run.optimizers.blockwise import Codebook, positive_code, signed_code
from redheart.training.run.optimizers.eight_bit import EightBitMoments
from redheart.training.run.optimizers.mastered import MasteredAdamW
from redheart.training.run.optimizers.stepper import (
    ParameterGroup,
    Stepper,
    drop_gradients,
    groups_as_dicts,
    named,
    not_to_be_repeated,
    overwrite,
)


class EightBitAdamW:
    """About 2 bytes of state a parameter in float32, 4 in bfloat16, beside weights and gradients."""

    def __init__(self, groups: Sequence[ParameterGroup], device: torch.device) -> None:
        self.param_groups: list[dict[str, Any]] = groups_as_dicts(groups)
        codebooks = Codebook(signed_code(), device), Codebook(positive_code(), device)
        self._large = {
            name: (EightBitMoments(parameter, codebooks), group)
            for name, parameter, group in named(self.param_groups)
            if parameter.numel() >= SMALL
        }
        self._small = _stepper_of_small([_only_small(group) for group in groups], device)

    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        for ours, theirs in zip(self.param_groups, self._small.param_groups, strict=True):
            theirs["lr"], theirs["weight_decay"] = ours["lr"], ours["weight_decay"]
        with not_to_be_repeated():
            self._small.step()
            for moments, group in self._large.values():
                moments.step(group["lr"], group["weight_decay"])

    def zero_grad(self) -> None:
        """Drop all gradients."""
        drop_gradients(self.param_groups)

    def state(self) -> dict[str, Tensor]:
        """Codes, scales, lost bits and steps of large parameters; float32 states of small ones."""
        return {key: tensor.clone() for key, tensor in self._tensors().items()} | self._small.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take `state` of an equal stepper, after the weights were restored. Raises CheckpointError if it is not."""
        small = {name for name, _, _ in named(self._small.param_groups)}
        self._small.restore({key: value for key, value in state.items() if _name(key) in small})
        overwrite(self._tensors(), {key: value for key, value in state.items() if _name(key) not in small})

    def _tensors(self) -> dict[str, Tensor]:
        return {
            f"{field}/{name}": tensor
            for name, (moments, _) in self._large.items()
            for field, tensor in moments.tensors().items()
        }


def _name(key: str) -> str:
    """'<field>/<parameter>' -> the parameter."""
    return key.partition("/")[2]


def _only_small(group: ParameterGroup) -> ParameterGroup:
    small = [place for place, parameter in enumerate(group.parameters) if parameter.numel() < SMALL]
    return replace(
        group,
        names=tuple(group.names[place] for place in small),
        parameters=tuple(group.parameters[place] for place in small),
    )


def _stepper_of_small(groups: Sequence[ParameterGroup], device: torch.device) -> Stepper:
    """Float32 states, with masters where the weights are not float32 themselves."""
    dtypes = {parameter.dtype for group in groups for parameter in group.parameters}
    return PlainAdamW(groups, device) if dtypes <= {torch.float32} else MasteredAdamW(groups, device, device)
