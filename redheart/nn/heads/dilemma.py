"""Which of two actions is less ethical."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid

from redheart.nn.heads.base import Head


class DilemmaHead(Head):
    """How ethical people find an action (Scruples, Lourie, Le Bras and Choi, AAAI 2021; Bradley-Terry)."""

    name, names, query_count, per_label = "dilemma", ("ethical",), 4, False
    plain_licence, branch = False, "own"

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-log sigmoid(more ethical - less ethical); rows alternate, so `target` says nothing more."""
        return -logsigmoid(prediction[0::2] - prediction[1::2]).mean()
