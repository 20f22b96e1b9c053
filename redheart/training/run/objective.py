"""The number a run lowers: weighted losses of all taught parts, with their penalties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from redheart.config.train import TrainSection
from redheart.nn.network.part import PartOutput
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.batch import Batch
from redheart.training.run.losses import (
    LossOptions,
    document_divergence,
    document_losses,
    pair_divergence,
    pair_losses,
)

#: Of penalties that do not carry their own weight.
PENALTY_WEIGHTS = {"extreme_weights": 0.1}


@dataclass(frozen=True, slots=True)
class Objective:
    """Weights by kind of part ('head', 'analyzer', ...), and what changes the losses."""

    kind_weights: Mapping[str, float]
    options: LossOptions
    r_drop: float = 0.0

    @classmethod
    def of(cls, settings: TrainSection) -> Objective:
        """As the settings say."""
        weights = {
            "head": settings.head_weight,
            "analyzer": settings.analyzer_weight,
            "auxiliary": settings.auxiliary_weight,
            "wrapper": settings.wrapper_weight,
        }
        return cls(weights, LossOptions.of(settings), settings.r_drop)

    def weight(self, part: str) -> float:
        """Of a part's loss."""
        return self.kind_weights[part.partition(".")[0]]

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum over the parts."""
        return torch.stack([self.weight(part) * loss for part, loss in losses.items()]).sum()

    def losses(
        self,
        outputs: Mapping[str, PartOutput],
        batch: Batch,
        known: Mapping[str, float],
        shares: Mapping[str, float] | None = None,
    ) -> dict[str, Tensor]:
        """Part -> its loss: each target's mean over what is `known` of it in the whole batch, plus penalties.

        `batch` may be a micro-batch, and `shares` then says which share of all that a part reads it reads here (None:
        all): the losses of all micro-batches sum to those of the whole batch, but for the balance of routed documents,
        which is formed in each. Parts that this micro-batch teaches nothing are left out.
        """
        found = {
            part: self._loss(output, batch, known, 1.0 if shares is None else shares[part])
            for part, output in outputs.items()
        }
        return {part: loss for part, loss in found.items() if loss is not None}

    def divergences(
        self, one: Mapping[str, PartOutput], other: Mapping[str, PartOutput], batch: Batch, known: Mapping[str, float]
    ) -> dict[str, Tensor]:
        """Part -> `r_drop` times how far two dropout passes lie apart, on what is known."""
        found = {part: self._divergence(one[part], other[part], batch, known) for part in one}
        return {part: self.r_drop * value for part, value in found.items() if value is not None}

    def _loss(self, output: PartOutput, batch: Batch, known: Mapping[str, float], share: float) -> Tensor | None:
        parts = [
            TARGETS[name].weight * self._sum(name, raw, batch) / known[name]
            for name, raw in output.predictions.items()
            if name in batch.targets or name in batch.pairs
        ]
        if not parts:
            return None
        parts += [share * PENALTY_WEIGHTS.get(name, 1.0) * value for name, value in output.penalties.items()]
        return torch.stack(parts).sum()

    def _sum(self, name: str, raw: Tensor, batch: Batch) -> Tensor:
        if name in batch.pairs:
            return pair_losses(raw, batch.pairs[name]).sum()
        return document_losses(name, raw, batch.targets[name], self.options).sum()

    def _divergence(
        self, one: PartOutput, other: PartOutput, batch: Batch, known: Mapping[str, float]
    ) -> Tensor | None:
        parts = []
        for name, raw in one.predictions.items():
            again = other.predictions[name]
            if name in batch.pairs:
                apart = pair_divergence(raw, again, batch.pairs[name])
            elif name in batch.targets:
                apart = document_divergence(name, raw, again, batch.targets[name])
            else:
                continue
            parts.append(TARGETS[name].weight * apart.sum() / known[name])
        return torch.stack(parts).sum() if parts else None
