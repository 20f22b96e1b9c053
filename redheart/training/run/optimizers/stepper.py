"""What every optimizer of a run is: groups of named parameters in, exact states by name out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from redheart.devices import is_out_of_memory
from redheart.errors import CheckpointError, OutOfMemoryError


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Parameters that learn at one share of the learning rate."""

    names: tuple[str, ...]  # of the parameters, in their order; no name twice in a run
    parameters: tuple[nn.Parameter, ...]
    lr_scale: float
    weight_decay: float


class Stepper(Protocol):
    """AdamW in some arrangement of memory.

    Whoever steps sets `lr` in every group first, as the rate times the group's `lr_scale`; until then it is 0.
    A parameter without a gradient is left as it is: no decay, no step counted.
    """

    param_groups: list[dict[str, Any]]

    def step(self) -> None:
        """One update of every parameter that has a gradient."""

    def zero_grad(self) -> None:
        """Drop all gradients."""

    def state(self) -> dict[str, Tensor]:
        """'<field>/<parameter>' -> tensor, all that `restore` needs to go on bit for bit."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take `state` of an equal stepper, after the weights were restored. Raises CheckpointError if it is not."""


def groups_as_dicts(groups: Sequence[ParameterGroup]) -> list[dict[str, Any]]:
    """`param_groups` as torch's optimizers and schedulers know them, with names and `lr_scale`."""
    return [
        {
            "params": list(group.parameters),
            "names": list(group.names),
            "lr": 0.0,
            "lr_scale": group.lr_scale,
            "weight_decay": group.weight_decay,
        }
        for group in groups
    ]


def named(param_groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, nn.Parameter, Mapping[str, Any]]]:
    """Every parameter with its name and its group."""
    for group in param_groups:
        for name, parameter in zip(group["names"], group["params"], strict=True):
            yield name, parameter, group


def drop_gradients(param_groups: Sequence[Mapping[str, Any]]) -> None:
    """Free the gradients rather than fill them with zeros."""
    for _, parameter, _ in named(param_groups):
        parameter.grad = None


def overwrite(tensors: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    """Copy a stored state into the tensors of the same names. Raises CheckpointError if names or shapes differ."""
    _refuse(sorted(set(state) - set(tensors)), "is not of this network and optimizer")
    _refuse(sorted(set(tensors) - set(state)), "is missing")
    _refuse([key for key, tensor in tensors.items() if tensor.shape != state[key].shape], "has another shape")
    _refuse([key for key, tensor in tensors.items() if tensor.dtype != state[key].dtype], "has another number format")
    with torch.no_grad():
        for key, tensor in tensors.items():
            tensor.copy_(state[key])


def _refuse(keys: list[str], what: str) -> None:
    if keys:
        more = f", and {len(keys) - 1} more" if len(keys) > 1 else ""
        raise CheckpointError(f"optimizer state '{keys[0]}' {what}{more}. Resume with the settings of that run.")


@contextmanager
def not_to_be_repeated() -> Iterator[None]:
    """An update that stops half-way for want of memory has changed some weights: raises OutOfMemoryError."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"no memory in the midst of an update ('{error}'), which cannot be repeated. Give the run a smaller "
            "--micro-batch, and --resume it."
        ) from error
