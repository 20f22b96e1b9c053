"""The exponential moving average of a network's weights, which is judged in the place of the weights themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """average = decay * average + (1 - decay) * weights, after every step; it begins as the initial weights.

    In float32 whatever the weights are: in bfloat16 a thousandth of a change is rounded away.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._parameters = dict(network.named_parameters())
        self._average = {name: value.detach().to(torch.float32, copy=True) for name, value in self._parameters.items()}
        self._decay = decay

    @torch.no_grad()
    def update(self) -> None:
        """Take one step's weights in."""
        for name, parameter in self._parameters.items():
            self._average[name].lerp_(parameter.detach().float(), 1 - self._decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the network has the averaged weights."""
        kept = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        self._put(self._average)
        try:
            yield
        finally:
            self._put(kept)

    def state(self) -> dict[str, Tensor]:
        """The averaged weights by name."""
        return dict(self._average)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a stored average."""
        for name, value in self._average.items():
            value.copy_(state[name])

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.copy_(values[name])
