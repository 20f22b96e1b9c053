"""How the writer appraised the event: intensity, duration, appraisals, event emotion."""

from __future__ import annotations

from torch import Tensor

from redheart.nn.heads.base import Head, masked_binary_cross_entropy, masked_squared_error

SCORES = (
    "intensity", "suddenness", "familiarity", "predict_event", "pleasantness", "unpleasantness", "goal_relevance",
    "chance_responsblt", "self_responsblt", "other_responsblt", "predict_conseq", "goal_support", "urgency",
    "self_control", "other_control", "chance_control", "accept_conseq", "standards", "social_norms", "attention",
    "not_consider", "effort",
)  # fmt: skip
EVENT_EMOTIONS = (
    "anger", "boredom", "disgust", "fear", "guilt", "joy", "no-emotion", "pride", "relief", "sadness", "shame",
    "surprise", "trust",
)  # fmt: skip
DURATIONS = ("seconds", "minutes", "hours", "days", "weeks")


class AppraisalHead(Head):
    """crowd-enVENT (Troiano et al., CL 2023): 22 ratings as (r - 1) / 4, five durations, thirteen emotions."""

    name = "appraisal"
    names = (*SCORES, *(f"duration:{d}" for d in DURATIONS), *(f"emotion:{e}" for e in EVENT_EMOTIONS))
    query_count = len(names)
    plain_licence, branch = False, "own"

    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Squared error of the ratings, binary cross-entropy of durations and emotions (one against the rest)."""
        ratings = len(SCORES)
        squared = masked_squared_error(prediction[:, :ratings].sigmoid(), target[:, :ratings])
        return 8.0 * squared + masked_binary_cross_entropy(prediction[:, ratings:], target[:, ratings:])
