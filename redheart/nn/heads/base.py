"""What all heads share: label queries, and a readout of what the backbone gathered for them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from redheart.nn.wide import WideTable


class Head(nn.Module):
    """One task. `queries` are its questions to the tokens; `names` are its outputs, in order.

    `plain_licence` is False for a head trained on sets without a plain licence; it lies in a file of its own.
    `branch` names the encoder's branch whose tokens it asks.
    `per_label` heads read output i from query i alone; the others read every output from all queries.
    """

    name: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    query_count: ClassVar[int]
    per_label: ClassVar[bool] = True
    plain_licence: ClassVar[bool] = True
    branch: ClassVar[str] = "reading"

    def __init__(self, width: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(self.query_count, width) * 0.5)
        rows = len(self.names)
        self.weight = nn.Parameter(torch.randn(rows, width if self.per_label else width * self.query_count) * 0.02)
        self.bias = nn.Parameter(torch.zeros(rows))
        self.wide: WideTable | None = None

    def widen(self, grams: int) -> None:
        """Give it an empty wide part of so many n-grams; who reads with the head adds what that says."""
        self.wide = WideTable(grams, len(self.names))

    def forward(self, gathered: Tensor) -> Tensor:
        """gathered (B, Q, d) -> (B, outputs), before any squashing."""
        if self.per_label:
            return (gathered * self.weight).sum(-1) + self.bias
        return gathered.flatten(1) @ self.weight.T + self.bias

    def queries_of(self, output: int) -> range:
        """Which of the head's queries one output is read from."""
        return range(output, output + 1) if self.per_label else range(self.query_count)

    def one(self, gathered: Tensor, output: int) -> Tensor:
        """gathered (B, q, d) of `queries_of(output)` alone -> (B,): that output of `forward`."""
        return gathered.flatten(1) @ self.weight[output] + self.bias[output]

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean loss over the targets that are not NaN; predictions and targets (B, outputs)."""
        raise NotImplementedError


def masked_binary_cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of logits against targets in [0, 1], NaN targets left out."""
    known = ~target.isnan()
    return nn.functional.binary_cross_entropy_with_logits(prediction[known], target[known])


def masked_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, NaN targets left out."""
    known = ~target.isnan()
    return nn.functional.mse_loss(prediction[known], target[known])
