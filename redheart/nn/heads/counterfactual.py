"""Does the text speak of what might have been."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy


class CounterfactualHead(Head):
    """Logit of P(counterfactual statement), SemEval-2020 task 5 (Yang et al., 2020)."""

    name, names, query_count, per_label = "counterfactual", ("counterfactual",), 4, False
    plain_licence, branch = False, "own"

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy."""
        return masked_binary_cross_entropy(prediction, target)


class ReviewCounterfactualHead(CounterfactualHead):
    """The same of product reviews (AMCD, O'Neill et al., EMNLP 2021), whose data are for non-commercial use."""

    name = "amcd"
