"""Verdicts of the ETHICS data (Hendrycks et al., ICLR 2021), each from its own queries."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy


class VerdictHead(Head):
    """One logit."""

    query_count, per_label = 4, False

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy."""
        return masked_binary_cross_entropy(prediction, target)


class JusticeHead(VerdictHead):
    """Is the reason that a claim gives reasonable (impartiality, desert)."""

    name, names = "justice", ("reasonable",)


class DeontologyHead(VerdictHead):
    """Does an excuse answer a request reasonably, does a duty follow from a role; request and excuse read together."""

    name, names = "deontology", ("reasonable",)


class VirtueHead(VerdictHead):
    """Does somebody in a scenario show a trait; scenario and trait read together."""

    name, names = "virtue", ("exemplified",)
