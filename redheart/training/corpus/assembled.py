"""Samples with their sentence vectors -> tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.sample import Sample


@dataclass(frozen=True, slots=True)
class EmbeddedSample:
    """A sample with what is computed of each of its documents."""

    sample: Sample
    vectors: tuple[np.ndarray, ...]  # a document: (S, D) float32
    shares: tuple[tuple[float, float, float, float] | None, ...]  # a document: its SURD shares, where decomposed
    cut: tuple[int, ...]  # a document: how many sentences were left out at its end

    def known(self) -> list[dict[str, tuple[float, ...]]]:
        """A document: target -> outputs."""
        return [
            {**document.known, **({"surd": shares} if shares else {})}
            for document, shares in zip(self.sample.taught.documents, self.shares, strict=True)
        ]


def assembled(samples: Sequence[EmbeddedSample], dim: int) -> Dataset:
    """Samples in their order -> one split. Targets of which nobody said anything are left out."""
    vectors = [each for sample in samples for each in sample.vectors]
    known = [each for sample in samples for each in sample.known()]
    return Dataset(
        vectors=torch.from_numpy(np.concatenate([np.empty((0, dim), np.float32), *vectors])),
        starts=_ends([len(each) for each in vectors]),
        first=_ends([len(sample.vectors) for sample in samples]),
        targets=_targets(known),
        preferred=_preferred(samples),
    )


def _ends(counts: Sequence[int]) -> np.ndarray:
    """0, then the running sum (len(counts) + 1,) int64."""
    ends = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=ends[1:])
    return ends


def _targets(known: Sequence[Mapping[str, tuple[float, ...]]]) -> dict[str, Tensor]:
    """Target -> (documents, outputs) float32, NaN where nobody said; in the order of TARGETS."""
    found = {}
    for name, target in TARGETS.items():
        rows = [i for i, values in enumerate(known) if name in values]
        if rows:
            filled = np.full((len(known), len(target.outputs)), np.nan, np.float32)
            filled[rows] = [known[i][name] for i in rows]
            found[name] = torch.from_numpy(filled)
    return found


def _preferred(samples: Sequence[EmbeddedSample]) -> dict[str, np.ndarray]:
    """Pair target -> (samples,) int8."""
    found: dict[str, np.ndarray] = {}
    for i, each in enumerate(samples):
        if each.sample.taught.preferred is not None:
            name, which = each.sample.taught.preferred
            found.setdefault(name, np.full(len(samples), -1, np.int8))[i] = which
    return {name: found[name] for name in TARGETS if name in found}
