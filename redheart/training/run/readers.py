"""Which documents each part must read: those that can teach it something."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import torch

from redheart.nn.network.chosen import Chosen, chosen_of
from redheart.training.corpus.batch import Batch
from redheart.training.corpus.dataset import Dataset


class Readers:
    """Of one dataset. What a part would say of a document of which none of its targets is known changes no loss."""

    def __init__(self, data: Dataset, targets: Mapping[str, Collection[str]]) -> None:
        """`targets`: of each part, those it predicts."""
        known = known_documents(data)
        self._known = {
            part: np.logical_or.reduce([known[name] for name in names if name in known])
            for part, names in targets.items()
            if any(name in known for name in names)
        }

    def of(self, batch: Batch) -> dict[str, Chosen]:
        """Part -> the documents of the batch that it reads; parts that read none are left out."""
        places = {part: np.flatnonzero(known[batch.numbers]) for part, known in self._known.items()}
        device = batch.documents.values.device
        return {part: chosen_of(batch.documents, at).to(device) for part, at in places.items() if len(at)}

    def counts(self, documents: np.ndarray) -> dict[str, int]:
        """Part -> how many of these documents it reads."""
        return {part: int(known[documents].sum()) for part, known in self._known.items()}


def known_documents(data: Dataset) -> dict[str, np.ndarray]:
    """Target -> (documents,) bool: whether anything of it is known; of a pair, of both its documents."""
    known = {name: (~torch.isnan(values)).any(1).numpy() for name, values in data.targets.items()}
    lengths = np.diff(data.first)
    return known | {name: np.repeat(which >= 0, lengths) for name, which in data.preferred.items()}
