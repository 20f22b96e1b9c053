"""Measures weights on data that no step learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.network import Network
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.batch import Batch
from redheart.training.corpus.dataset import Dataset
from redheart.training.run.figures import PartFigures
from redheart.training.run.losses import document_losses, pair_losses
from redheart.training.run.metrics import document_metrics, pair_metrics
from redheart.training.run.objective import Objective
from redheart.training.run.readers import Readers
from redheart.training.selection.judge import Judgement

ROWS = 256  # samples computed at once


@dataclass(frozen=True, slots=True)
class Measured:
    """One split measured: loss without penalties or smoothing, and every metric of every part."""

    loss: float
    parts: dict[str, PartFigures]
    sample_losses: np.ndarray  # (samples,) float64; their mean is `loss`


class NetworkJudge:
    """Measures a network, or other weights put into it, on the splits it was given."""

    def __init__(self, network: Network, splits: Mapping[str, Dataset], objective: Objective) -> None:
        self.network, self.splits = network, splits
        # Smoothed labels would make a sharp prediction look worse than it is.
        self.objective = Objective(objective.kind_weights, type(objective.options)(objective.options.focal_gamma))
        self._device = next(network.parameters()).device

    def on(self, split: Literal["validation", "holdout"], weights: Mapping[str, Tensor]) -> Judgement:
        """`weights` are put into the network for as long as it is measured."""
        before = _exchange(self.network, weights)
        try:
            found = self.measure(split)
        finally:
            _exchange(self.network, before)
        return Judgement(found.loss, {part: of.loss for part, of in found.parts.items()}, found.sample_losses)

    def measure(self, split: str) -> Measured:
        """The network as it stands, without dropout; it is left in the mode it was in. The split must have samples."""
        return self.predictions(split).measured()

    def predictions(self, split: str) -> Predictions:
        """What every part says of every known document or pair of a split."""
        was_training = self.network.training
        self.network.eval()
        try:
            return Predictions(self, self.splits[split])
        finally:
            self.network.train(was_training)


@torch.no_grad()
def _exchange(network: Network, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put weights in, tensor by tensor; those that were there. Raises KeyError for one that is missing."""
    before = {}
    for name, value in network.state_dict().items():
        before[name] = value.clone()
        value.copy_(weights[name])
    return before


class Predictions:
    """Raw predictions of every part over one split, with what each sample costs."""

    def __init__(self, judge: NetworkJudge, data: Dataset) -> None:
        self.objective, self.data = judge.objective, data
        self.known = data.known(np.arange(len(data)))
        self.raw: dict[tuple[str, str], list[np.ndarray]] = {}  # (part, target) -> predictions of known documents
        self.truth: dict[tuple[str, str], list[np.ndarray]] = {}
        self.losses: dict[str, np.ndarray] = {}  # part -> (samples,), not yet weighted by its kind
        readers = Readers(data, judge.network.targets_by_part())
        with torch.inference_mode():
            for at in range(0, len(data), ROWS):
                self._add(judge, readers, np.arange(at, min(at + ROWS, len(data))))

    def _add(self, judge: NetworkJudge, readers: Readers, samples: np.ndarray) -> None:
        batch, sample_of = self.data.batch_with_origin(samples)
        batch = batch.to(judge._device)
        for part, output in judge.network(batch.documents, readers.of(batch)).items():
            for target, raw in output.predictions.items():
                if target in batch.pairs or target in batch.targets:
                    self._record(part, target, raw, batch, samples[sample_of])

    def _record(self, part: str, target: str, raw: Tensor, batch: Batch, origin: np.ndarray) -> None:
        """`origin` (B,): the sample that each document of the batch belongs to."""
        if target in batch.pairs:
            pairs = batch.pairs[target]
            cost, places = pair_losses(raw, pairs), origin[pairs[:, 0].cpu().numpy()]
            kept, truth = (raw[pairs[:, 0]] - raw[pairs[:, 1]]).float(), torch.zeros(0, 1)
        else:
            truth = batch.targets[target]
            cost, places = document_losses(target, raw, truth, self.objective.options), origin
            kept = raw.float()
        self.raw.setdefault((part, target), []).append(kept.cpu().numpy())
        self.truth.setdefault((part, target), []).append(truth.cpu().numpy())
        scale = TARGETS[target].weight * len(self.data) / self.known[target]
        total = self.losses.setdefault(part, np.zeros(len(self.data)))
        np.add.at(total, places, scale * cost.double().cpu().numpy())

    def of(self, part: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """raw, truth (B, outputs) of a target, NaN where the part read nothing and where nobody said; of a pair target
        the preferred document's lead (P, 1), and nothing.
        """
        return np.concatenate(self.raw[part, target]), np.concatenate(self.truth[part, target])

    def measured(self) -> Measured:
        """Loss and metrics of the split."""
        metrics: dict[str, dict[str, float]] = {part: {} for part in self.losses}
        for part, target in self.raw:
            found = self._metrics(target, *self.of(part, target))
            metrics[part] |= {f"{target} {name}": value for name, value in found.items()}
        parts = {
            part: PartFigures(loss=float(costs.mean()), metrics=metrics[part]) for part, costs in self.losses.items()
        }
        samples = np.zeros(len(self.data))
        for part, costs in self.losses.items():
            samples += self.objective.weight(part) * costs
        return Measured(float(samples.mean()), parts, samples)

    @staticmethod
    def _metrics(target: str, raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
        if TARGETS[target].kind == "pair":
            return pair_metrics(raw[:, 0])
        return document_metrics(target, raw, truth)
