"""The exponential moving average of a network's weights, which is judged in the place of the weights themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """average = decay * average + (1 - decay) * weights, after every step; it begins as the initial weights."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._parameters = dict(network.named_parameters())
        self._average = {name: value.detach().clone() for name, value in self._parameters.items()}
        self._blend = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def update(self) -> None:
        """Take one step's weights in."""
        weights = [parameter.detach() for parameter in self._parameters.values()]
        self._blend(list(self._average.values()), weights, None)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the network has the averaged weights."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state(self) -> dict[str, Tensor]:
        """The averaged weights by name."""
        return dict(self._average)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a stored average."""
        for name, value in self._average.items():
            value.copy_(state[name])

    @torch.no_grad()
    def _swap(self) -> None:
        for name, parameter in self._parameters.items():
            kept = parameter.detach().clone()
            parameter.copy_(self._average[name])
            self._average[name].copy_(kept)
