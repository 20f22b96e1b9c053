"""Scalar utility of what happens."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid

from redheart.nn.heads.base import Head


class UtilityHead(Head):
    """U(text): of two texts the more pleasant has the higher U (Hendrycks et al., ICLR 2021; Bradley-Terry)."""

    name, names, query_count, per_label = "utility", ("utility",), 4, False

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-log sigmoid(U(better) - U(worse)); rows alternate better, worse, so `target` says nothing more.

        An odd last row is the empty document: pairs say nothing of it, so it is drawn to the mean of the others.
        """
        pairs = prediction[: len(prediction) // 2 * 2]
        loss = -logsigmoid(pairs[0::2] - pairs[1::2]).mean()
        if len(prediction) % 2:
            loss = loss + 0.1 * (prediction[-1] - pairs.mean().detach()).square().mean()
        return loss
