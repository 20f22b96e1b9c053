"""What every part of the network is built of: linear maps, feed-forward blocks, stacks of layers, readouts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from redheart.nn.network.targets import TARGETS

#: Of the weights of a map of 768 entries; others keep what comes out of them as large.
STANDARD_DEVIATION: Final = 0.02
USUAL_INPUTS: Final = 768
States = TypeVar("States")


@dataclass(frozen=True, slots=True)
class Shape:
    """What all layers of a network have in common."""

    width: int  # d
    attention_heads: int
    dropout: float


class Linear(nn.Linear):
    """A linear map of small normal weights; `depth` blocks that add to one stream share its growth among them."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True, depth: int = 1) -> None:
        self.deviation = STANDARD_DEVIATION * (USUAL_INPUTS / (inputs * depth)) ** 0.5
        super().__init__(inputs, outputs, bias)

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        nn.init.normal_(self.weight, std=self.deviation)
        if self.bias is not None:
            nn.init.zeros_(self.bias)


def learned(*shape: int) -> nn.Parameter:
    """A parameter of this shape, small."""
    return nn.Parameter(torch.empty(shape).normal_(std=STANDARD_DEVIATION))


def questions(*shape: int) -> nn.Parameter:
    """Learned queries (..., d), as large as normed states: small ones would all ask the same."""
    return nn.Parameter(torch.empty(shape).normal_())


class FeedForward(nn.Module):
    """Two linear maps with a GELU between: (..., inputs) -> (..., outputs)."""

    def __init__(self, inputs: int, inner: int, outputs: int, depth: int = 1) -> None:
        super().__init__()
        self.rise = Linear(inputs, inner)
        self.fall = Linear(inner, outputs, depth=depth)

    def forward(self, states: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        fallen: Tensor = self.fall(nn.functional.gelu(self.rise(states)))
        return fallen


class ResidualFeedForward(nn.Module):
    """Pre-norm feed-forward block that adds to its stream, one of `depth` blocks that do."""

    def __init__(self, shape: Shape, inner: int, depth: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.feed_forward = FeedForward(shape.width, inner, shape.width, depth)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor) -> Tensor:
        """(..., d) -> (..., d)."""
        out: Tensor = states + self.dropout(self.feed_forward(self.normalise(states)))
        return out


class Stack(nn.ModuleList):
    """Layers one after another. `recompute` keeps only what goes between them, at the price of a second forward."""

    recompute: bool = False

    def through(self, states: States, *rest: Any) -> States:
        """What the first layer is given -> what the last one gives; `rest` goes to every layer."""
        for layer in self:
            if self.recompute and torch.is_grad_enabled():
                states = checkpoint(layer, states, *rest, use_reentrant=False)
            else:
                states = layer(states, *rest)
        return states


class Readouts(nn.ModuleDict):
    """One linear map a target: (B, inputs) -> raw predictions by target."""

    def __init__(self, targets: Iterable[str], inputs: int) -> None:
        # Both documents of a pair would get the same bias, so that no pair could teach it.
        super().__init__(
            {name: Linear(inputs, len(TARGETS[name].outputs), TARGETS[name].kind != "pair") for name in targets}
        )

    def forward(self, states: Tensor) -> dict[str, Tensor]:
        """(B, inputs) -> target -> (B, outputs)."""
        return {name: readout(states) for name, readout in self.items()}
