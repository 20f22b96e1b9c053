"""One split of the data as tensors: samples by number -> batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.packed import Packed, groups_of
from redheart.training.corpus.batch import Batch


@dataclass(frozen=True, slots=True)
class Dataset:
    """Sample i is document `first[i]`, and the one after it where it is a pair; document j is sentences
    `starts[j]:starts[j + 1]` of `vectors`.
    """

    vectors: Tensor  # (sentences, D) float32
    starts: np.ndarray  # (documents + 1,) int64
    first: np.ndarray  # (samples + 1,) int64
    targets: dict[str, Tensor]  # target -> (documents, outputs) float32, NaN where nobody said
    preferred: dict[str, np.ndarray]  # pair target -> (samples,) int8: 0 or 1 is preferred, -1 is no such pair

    def __len__(self) -> int:
        return len(self.first) - 1

    def batch(self, samples: np.ndarray) -> Batch:
        """The samples of these numbers (K,) as one batch, documents sorted by their number of sentences."""
        return self.batch_with_origin(samples)[0]

    def batch_with_origin(self, samples: np.ndarray) -> tuple[Batch, np.ndarray]:
        """The batch, and for each of its documents (B,) which of `samples` it belongs to."""
        documents, sample_of = self.documents_of(samples)
        order = np.argsort(self._lengths(documents), kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        batch = Batch(
            self._packed(documents[order]),
            self._known(torch.from_numpy(documents[order])),
            self._pairs(samples, sample_of, place),
            len(samples),
            documents[order],
        )
        return batch, sample_of[order]

    def known(self, samples: np.ndarray) -> dict[str, float]:
        """How much of each target is known in these samples: entries, or pairs. What a loss is divided by."""
        documents = torch.from_numpy(self.documents_of(samples)[0])
        counts = {name: float((~values[documents].isnan()).sum()) for name, values in self.targets.items()}
        counts |= {name: float((which[samples] >= 0).sum()) for name, which in self.preferred.items()}
        return {name: count for name, count in counts.items() if count}

    def restricted(self, columns: Mapping[str, Sequence[int]]) -> Dataset:
        """With these outputs of these targets alone, in this order: what train does not teach is not judged."""
        kept = {name: values[:, list(columns[name])] for name, values in self.targets.items() if name in columns}
        pairs = {name: which for name, which in self.preferred.items() if name in columns}
        return replace(self, targets=kept, preferred=pairs)

    def taught(self) -> frozenset[str]:
        """Targets of which anything at all is known."""
        return frozenset(self.known_in_all())

    def known_in_all(self) -> dict[str, float]:
        """`known` of every sample."""
        return self.known(np.arange(len(self)))

    def documents_of(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The documents of some samples, and at which of these samples each belongs."""
        counts = self.first[samples + 1] - self.first[samples]
        return _ranges(self.first[samples], counts), np.repeat(np.arange(len(samples)), counts)

    def _lengths(self, documents: np.ndarray) -> np.ndarray:
        lengths: np.ndarray = self.starts[documents + 1] - self.starts[documents]
        return lengths

    def _packed(self, documents: np.ndarray) -> Packed:
        lengths = self._lengths(documents)
        rows = torch.from_numpy(_ranges(self.starts[documents], lengths))
        return Packed(self.vectors[rows], groups_of(lengths.tolist()))

    def _known(self, documents: Tensor) -> dict[str, Tensor]:
        chosen = {name: values[documents] for name, values in self.targets.items()}
        return {name: values for name, values in chosen.items() if not bool(values.isnan().all())}

    def _pairs(self, samples: np.ndarray, sample_of: np.ndarray, place: np.ndarray) -> dict[str, Tensor]:
        first = np.searchsorted(sample_of, np.arange(len(samples)))
        pairs = {}
        for name, which in self.preferred.items():
            asked = np.flatnonzero(which[samples] >= 0)
            if len(asked):
                left, turned = first[asked], which[samples[asked]]
                pairs[name] = torch.from_numpy(np.stack([place[left + turned], place[left + 1 - turned]], axis=1))
        return pairs


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """starts[i], starts[i] + 1, ... counts[i] of them, for every i in turn."""
    ends = np.cumsum(counts)
    ranges: np.ndarray = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
    return ranges
