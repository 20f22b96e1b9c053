"""AdamW whose float32 masters are not the weights: bfloat16 weights, or states in RAM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from redheart.nn.network.footprint.arrangement import BUCKET
from redheart.training.run.optimizers.adamw import moments
from redheart.training.run.optimizers.lanes import Lanes
from redheart.training.run.optimizers.master_bucket import MasterBucket, buckets_of, scratch_of
from redheart.training.run.optimizers.stepper import (
    ParameterGroup,
    drop_gradients,
    groups_as_dicts,
    not_to_be_repeated,
    overwrite,
)


class MasteredAdamW:
    """Steps float32 masters and writes them back rounded.

    Masters on the device: 12 bytes a parameter beside weights and gradients. Masters in RAM: those 12 bytes are RAM,
    and the device holds weights and gradients alone.
    """

    def __init__(
        self, groups: Sequence[ParameterGroup], device: torch.device, home: torch.device, bucket: int = BUCKET
    ) -> None:
        self.param_groups: list[dict[str, Any]] = groups_as_dicts(groups)
        self._buckets: list[tuple[MasterBucket, dict[str, Any]]] = [
            (found, group)
            for group in self.param_groups
            for found in buckets_of(group["names"], group["params"], home, bucket)
        ]
        buckets = [found for found, _ in self._buckets]
        self._scratch = scratch_of(buckets, home)
        travels = device.type == "cuda" and home.type == "cpu" and bool(self._buckets)
        self._lanes = Lanes(buckets, device) if travels else None

    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        with not_to_be_repeated():
            if self._lanes is not None:
                self._lanes.step(self._buckets, self._scratch)
            else:
                self._step_in_place()

    def zero_grad(self) -> None:
        """Drop all gradients."""
        drop_gradients(self.param_groups)

    def state(self) -> dict[str, Tensor]:
        """Master, steps, first and second moment of every parameter."""
        return {key: tensor.clone() for key, tensor in self._tensors().items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take `state` of an equal stepper, after the weights were restored. Raises CheckpointError if it is not."""
        overwrite(self._tensors(), state)

    @torch.no_grad()
    def _step_in_place(self) -> None:
        for bucket, group in self._buckets:
            graded = bucket.graded()
            bucket.step({name: gradient for name, _, gradient in graded}, group, self._scratch)
            for name, parameter, _ in graded:
                parameter.copy_(bucket.masters[name])

    def _tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for bucket, _ in self._buckets:
            found.update({f"master/{name}": master for name, master in bucket.masters.items()})
            found.update(moments(bucket.optimizer, bucket.masters))
        return found
