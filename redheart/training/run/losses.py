"""What each kind of target costs: one loss a document, what nobody labelled left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    huber_loss,
    log_softmax,
    logsigmoid,
    mse_loss,
)

from redheart.config.train import TrainSection
from redheart.nn.network.targets import TARGETS, Target

#: Beyond this error Huber's loss grows linearly: an eighth of the range of a dimension, a quarter of a score's.
HUBER_DELTA = 0.25
SUM_PENALTY = 0.1  # of (sum of the four shares - 1)^2


@dataclass(frozen=True, slots=True)
class LossOptions:
    """What changes the losses of labels."""

    focal_gamma: float = 2.0  # 0 is cross-entropy
    label_smoothing: float = 0.0  # 0 is off

    @classmethod
    def of(cls, settings: TrainSection) -> LossOptions:
        """As the settings say."""
        return cls(settings.focal_gamma, settings.label_smoothing)


def document_losses(name: str, raw: Tensor, truth: Tensor, options: LossOptions) -> Tensor:
    """raw, truth (B, outputs) of a target, NaN where nobody said -> (B,): losses summed over the known outputs.

    Divided by the known entries of a batch they give its mean loss an entry.
    """
    known = ~truth.isnan()
    filled = torch.where(known, truth, 0.0)
    entries = _LOSSES[_kind(TARGETS[name])](raw.float(), filled, options)
    return torch.where(known, entries, 0.0).sum(1)


def pair_losses(raw: Tensor, pairs: Tensor) -> Tensor:
    """raw (B, 1), pairs (P, 2) with the preferred document first -> (P,): Bradley and Terry (1952)."""
    return -logsigmoid(_gaps(raw, pairs))


def document_divergence(name: str, one: Tensor, other: Tensor, truth: Tensor) -> Tensor:
    """Two dropout passes (B, outputs) -> (B,): half the symmetric divergence (R-Drop, Liang et al., 2106.14448).

    Labels and classes by Kullback and Leibler, in nats; numbers by the squared difference.
    """
    kind = _kind(TARGETS[name])
    entries = _DIVERGENCES[kind](one.float(), other.float())
    return torch.where(truth.isnan(), 0.0, entries).sum(1)


def pair_divergence(one: Tensor, other: Tensor, pairs: Tensor) -> Tensor:
    """(P,): the same of which document of a pair is preferred."""
    return _labels_apart(_gaps(one, pairs), _gaps(other, pairs))


def _gaps(raw: Tensor, pairs: Tensor) -> Tensor:
    scores = raw.float()[:, 0]
    return scores[pairs[:, 0]] - scores[pairs[:, 1]]


def _kind(target: Target) -> str:
    return "regret" if target.name == "regret" else target.kind


def focal_labels(raw: Tensor, truth: Tensor, options: LossOptions) -> Tensor:
    """Binary focal loss an entry, |y - p|^gamma times the cross-entropy (Lin et al., 2017); gamma 0: cross-entropy."""
    smooth = truth * (1 - options.label_smoothing) + options.label_smoothing / 2
    cross_entropy = binary_cross_entropy_with_logits(raw, smooth, reduction="none")
    if options.focal_gamma == 0:
        return cross_entropy
    return (truth - raw.sigmoid()).abs().clamp(min=1e-6) ** options.focal_gamma * cross_entropy


def focal_classes(raw: Tensor, truth: Tensor, options: LossOptions) -> Tensor:
    """Focal loss of a distribution, (1 - p_t)^gamma times the cross-entropy: a row's loss stands in each entry."""
    outputs = raw.shape[1]
    smooth = truth * (1 - options.label_smoothing) + options.label_smoothing / outputs
    logs = log_softmax(raw, dim=1)
    row = -(smooth * logs).sum(1)
    if options.focal_gamma:
        row = (1 - (truth * logs.exp()).sum(1)).clamp(min=1e-6) ** options.focal_gamma * row
    return row.unsqueeze(1).expand(-1, outputs)


def _squared(raw: Tensor, truth: Tensor, _: LossOptions) -> Tensor:
    return mse_loss(raw.sigmoid(), truth, reduction="none")


def _huber(raw: Tensor, truth: Tensor, _: LossOptions) -> Tensor:
    return huber_loss(raw, truth, reduction="none", delta=HUBER_DELTA)


def _huber_score(raw: Tensor, truth: Tensor, options: LossOptions) -> Tensor:
    return _huber(raw.sigmoid(), truth, options)


def _shares(raw: Tensor, truth: Tensor, _: LossOptions) -> Tensor:
    """Squared error of the four shares, with what they miss of 1."""
    shares = raw.sigmoid()
    excess = shares.sum(1, keepdim=True) - 1
    return mse_loss(shares, truth, reduction="none") + SUM_PENALTY * excess.square()


def _labels_apart(one: Tensor, other: Tensor) -> Tensor:
    """Half of KL(p, q) + KL(q, p) of Bernoulli variables = half of (p - q) (logit p - logit q)."""
    return 0.5 * (one.sigmoid() - other.sigmoid()) * (one - other)


def _classes_apart(one: Tensor, other: Tensor) -> Tensor:
    logs, others = log_softmax(one, dim=1), log_softmax(other, dim=1)
    row = 0.5 * ((logs.exp() - others.exp()) * (logs - others)).sum(1)
    return row.unsqueeze(1).expand(-1, one.shape[1])


def _scores_apart(one: Tensor, other: Tensor) -> Tensor:
    return mse_loss(one.sigmoid(), other.sigmoid(), reduction="none")


def _numbers_apart(one: Tensor, other: Tensor) -> Tensor:
    return mse_loss(one, other, reduction="none")


_LOSSES: dict[str, Callable[[Tensor, Tensor, LossOptions], Tensor]] = {
    "labels": focal_labels,
    "classes": focal_classes,
    "scores": _squared,
    "regret": _huber_score,
    "dimensions": _huber,
    "shares": _shares,
}
_DIVERGENCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "labels": _labels_apart,
    "classes": _classes_apart,
    "scores": _scores_apart,
    "regret": _scores_apart,
    "dimensions": _numbers_apart,
    "shares": _scores_apart,
}
