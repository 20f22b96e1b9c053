"""Which of ten common rules an act breaks."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy

VIOLATIONS = (
    "death", "pain", "disable", "freedom", "pleasure", "deceive", "cheat", "break_promise", "break_law", "duty",
)  # fmt: skip


class ViolationsHead(Head):
    """Logits of Gert's ten rules, of a situation with an act (MoralChoice, Scherrer et al., NeurIPS 2023)."""

    name, names, query_count = "violations", VIOLATIONS, len(VIOLATIONS)

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Binary cross-entropy."""
        return masked_binary_cross_entropy(prediction, target)
