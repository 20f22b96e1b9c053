"""Does one event bring about another."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid

from redheart.nn.heads.base import Head


class CauseHead(Head):
    """Plausibility of cause and effect read together, the cause first (e-CARE, Du et al., ACL 2022)."""

    name, names, query_count, per_label = "cause", ("plausibility",), 4, False

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-log sigmoid(right - wrong); rows alternate right, wrong, so `target` says nothing more."""
        return -logsigmoid(prediction[0::2] - prediction[1::2]).mean()
