"""Cached features -> training batches: documents of sentences, joined and thinned at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.training.features import Features
from redheart.training.targets import TEACHES, target

#: Data sets in which two documents may be joined, and how their targets join.
JOIN_SHARE = 0.35  # of the documents of a batch are joined with another
DROP_SENTENCE = 0.15  # each sentence of a document of several
DROP_ALL = 0.03  # documents left empty: the null reading learns the label's base rate


@dataclass(frozen=True, slots=True)
class Batch:
    """tokens (S, T, D), mask (S, T), documents (B, L) sentence indices padded with -1, targets by head (B, outputs)."""

    tokens: Tensor
    mask: Tensor
    documents: Tensor
    targets: dict[str, Tensor]


class Dataset:
    """One data set's features with the targets of the heads it teaches."""

    def __init__(self, name: str, features: Features) -> None:
        self.name, self.features = name, features
        self.texts_per_row = 2 if name == "ethics_utilitarianism" else 1
        self.targets = {head: np.stack([target(head, row) for row in features.rows]) for head in TEACHES[name]}

    def __len__(self) -> int:
        return len(self.features.rows)

    def sentences_of(self, row: int) -> list[list[int]]:
        """Sentence indices of each text of a row."""
        starts, first = self.features.text_starts, row * self.texts_per_row
        return [list(range(starts[first + k], starts[first + k + 1])) for k in range(self.texts_per_row)]

    def batch(self, rows: np.ndarray, rng: np.random.Generator | None) -> Batch:
        """The rows as documents; with `rng`, joined and thinned at random (training)."""
        texts = [self.sentences_of(int(row)) for row in rows]
        targets = {head: values[rows] for head, values in self.targets.items()}
        if rng is not None:
            texts, targets = self._join(texts, targets, rng)
            texts = [_thin(parts, rng, may_empty=self.texts_per_row == 1) for parts in texts]
        documents = [text for parts in texts for text in parts]
        if rng is not None and self.texts_per_row == 2:
            documents.append([])  # the utility of nothing: see UtilityHead.loss
        return self._tensors(documents, targets)

    def _join(
        self, texts: list[list[list[int]]], targets: dict[str, np.ndarray], rng: np.random.Generator
    ) -> tuple[list[list[list[int]]], dict[str, np.ndarray]]:
        partners = rng.permutation(len(texts))
        chosen = rng.random(len(texts)) < JOIN_SHARE
        joined = [
            [[*texts[j][0], *part] if swap else [*part, *texts[j][0]] for part in parts] if pick else parts
            for parts, j, pick, swap in zip(texts, partners, chosen, rng.random(len(texts)) < 0.5, strict=True)
        ]
        merged = {
            head: np.where(chosen[:, None], _merge(head, values, values[partners]), values)
            for head, values in targets.items()
        }
        return joined, merged

    def _tensors(self, documents: list[list[int]], targets: dict[str, np.ndarray]) -> Batch:
        used = sorted({s for document in documents for s in document}) or [0]
        place = {sentence: i for i, sentence in enumerate(used)}
        starts = self.features.starts
        rows = [torch.from_numpy(self.features.tokens[starts[s] : starts[s + 1]]).float() for s in used]
        tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        lengths = torch.tensor([len(row) for row in rows])
        longest = max(1, max(len(document) for document in documents))
        index = torch.full((len(documents), longest), -1)
        for i, document in enumerate(documents):
            index[i, : len(document)] = torch.tensor([place[s] for s in document])
        mask = torch.arange(tokens.shape[1]) < lengths[:, None]
        return Batch(tokens, mask, index, {head: torch.from_numpy(values) for head, values in targets.items()})


def _merge(head: str, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Targets of two documents read as one: labels unite, graded values average, a pair keeps its order."""
    if head in ("emotion", "kote"):
        united = np.maximum(mine, other)
        blank = 27 if head == "emotion" else 24  # neutral, 없음: true of the whole only if true of both
        united[:, blank] = mine[:, blank] * other[:, blank]
        joined: np.ndarray = united
        return joined
    if head == "counterfactual":
        either: np.ndarray = np.maximum(mine, other)
        return either
    return mine if head == "utility" else (mine + other) / 2


def _thin(parts: list[list[int]], rng: np.random.Generator, may_empty: bool) -> list[list[int]]:
    """Drop sentences at random; a pair keeps at least one sentence a side."""
    if may_empty and rng.random() < DROP_ALL:
        return [[] for _ in parts]
    if not may_empty:
        return parts
    kept = [[s for s in part if rng.random() >= DROP_SENTENCE] for part in parts]
    return [now or before for now, before in zip(kept, parts, strict=True)]
