"""Gradients from a CUDA device to RAM, weights back, over two bounded page-locked lanes while the processor steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from redheart.training.run.optimizers.master_bucket import MasterBucket


class _Lane:
    """Page-locked room for one bucket each way."""

    def __init__(self, elements: int, dtype: torch.dtype) -> None:
        self.gradients = torch.empty(elements, dtype=dtype, pin_memory=True)
        self.weights = torch.empty(elements, dtype=dtype, pin_memory=True)
        self.arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self.left = torch.cuda.Event()  # type: ignore[no-untyped-call]


class Lanes:
    """While one bucket is stepped, the gradients of the next come down and the weights of the last go up."""

    def __init__(self, buckets: Sequence[MasterBucket], device: torch.device) -> None:
        elements = max(bucket.elements for bucket in buckets)
        dtype = next(iter(buckets[0].parameters.values())).dtype
        self._device = device
        self._lanes = [_Lane(elements, dtype) for _ in range(2)]
        self._down, self._up = (torch.cuda.Stream(device) for _ in range(2))  # type: ignore[no-untyped-call]

    def step(self, buckets: Sequence[tuple[MasterBucket, dict[str, Any]]], scratch: Tensor) -> None:
        """One update of all buckets; `scratch` as `MasterBucket.step` has it."""
        computing = torch.cuda.current_stream(self._device)
        self._down.wait_stream(computing)
        self._up.wait_stream(computing)
        coming = self._fetch(buckets[0][0], self._lanes[0])
        for number, (bucket, group) in enumerate(buckets):
            lane, gradients = self._lanes[number % 2], coming
            if number + 1 < len(buckets):
                coming = self._fetch(buckets[number + 1][0], self._lanes[(number + 1) % 2])
            lane.arrived.synchronize()
            bucket.step(gradients, group, scratch)
            self._send(bucket, lane)
        # Whoever computes next sees the new weights, and frees no gradient that is still on its way.
        computing.wait_stream(self._down)
        computing.wait_stream(self._up)

    def _fetch(self, bucket: MasterBucket, lane: _Lane) -> dict[str, Tensor]:
        """Start the gradients' way down: where each of them will be once the lane has `arrived`."""
        found, at = {}, 0
        with torch.cuda.stream(self._down):
            for name, parameter, gradient in bucket.graded():
                place = lane.gradients[at : at + parameter.numel()].view(parameter.shape)
                place.copy_(gradient, non_blocking=True)
                found[name], at = place, at + parameter.numel()
            lane.arrived.record(self._down)
        return found

    @torch.no_grad()
    def _send(self, bucket: MasterBucket, lane: _Lane) -> None:
        """Round the masters into the lane, once its last load has `left`, and start them on their way up."""
        lane.left.synchronize()
        at = 0
        with torch.cuda.stream(self._up):
            for name, parameter, _ in bucket.graded():
                at = self._send_one(bucket.masters[name], parameter, lane, at)
            lane.left.record(self._up)

    def _send_one(self, master: Tensor, parameter: nn.Parameter, lane: _Lane, at: int) -> int:
        place = lane.weights[at : at + parameter.numel()].view(parameter.shape)
        place.copy_(master)
        parameter.copy_(place, non_blocking=True)
        return at + parameter.numel()
