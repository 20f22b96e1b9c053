"""Draws batches: documents with the stem's tokens, joined and thinned at random in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.encoders.layers import Packing
from redheart.training.finetune.documents import Documents
from redheart.training.finetune.stem_cache import StemCache

JOIN_SHARE = 0.15  # of the documents of a batch are joined with another
DROP_SENTENCE = 0.05  # each sentence of a document of several
DROP_ALL = 0.02  # documents left empty: the null reading learns the label's base rate


@dataclass(frozen=True, slots=True)
class Batch:
    """tokens (N, D) of the stem, packed; documents (B, L) sentence indices padded with -1; targets by head."""

    tokens: Tensor
    packing: Packing
    documents: Tensor
    targets: dict[str, Tensor]


class Source:
    """One data set: its documents and what the stem makes of them."""

    def __init__(self, documents: Documents, cache: StemCache) -> None:
        self.documents, self.cache = documents, cache
        self.task = documents.task

    def __len__(self) -> int:
        return len(self.documents)

    def batch(self, rows: np.ndarray, rng: np.random.Generator | None) -> Batch:
        """The rows as documents; with `rng`, joined and thinned at random (training)."""
        texts = [self.documents.sentences_of(int(row)) for row in rows]
        goals = {head: values[rows] for head, values in self.documents.targets.items()}
        if rng is not None and self.task.form == "text" and self.task.name != "ethics_justice":
            texts, goals = _join(texts, goals, rng)
            texts = [[_thin(parts[0], rng)] for parts in texts]
        documents = [text for parts in texts for text in parts]
        if rng is not None and "utility" in self.task.heads:
            documents.append([])  # the utility of nothing: see UtilityHead.loss
        return self._tensors(documents, goals)

    def _tensors(self, documents: list[list[int]], goals: dict[str, np.ndarray]) -> Batch:
        used = sorted({sentence for document in documents for sentence in document}) or [0]
        tokens, lengths = self.cache.read(used)
        place = {sentence: at for at, sentence in enumerate(used)}
        index = torch.full((len(documents), max(1, *map(len, documents))), -1)
        for at, document in enumerate(documents):
            index[at, : len(document)] = torch.tensor([place[sentence] for sentence in document])
        return Batch(tokens, Packing.of(lengths), index, {head: torch.from_numpy(v) for head, v in goals.items()})


def _join(
    texts: list[list[list[int]]], goals: dict[str, np.ndarray], rng: np.random.Generator
) -> tuple[list[list[list[int]]], dict[str, np.ndarray]]:
    partners, chosen = rng.permutation(len(texts)), rng.random(len(texts)) < JOIN_SHARE
    joined = [
        [[*parts[0], *texts[partner][0]]] if pick else parts
        for parts, partner, pick in zip(texts, partners, chosen, strict=True)
    ]
    merged = {
        head: np.where(chosen[:, None], merged_targets(head, values, values[partners]), values)
        for head, values in goals.items()
    }
    return joined, merged


def merged_targets(head: str, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Targets of two documents read as one: labels unite, graded values average."""
    if head not in ("emotion", "kote", "violations", "counterfactual"):
        mean: np.ndarray = (mine + other) / 2
        return mean
    united = np.maximum(mine, other)
    blank = {"emotion": 27, "kote": 24}.get(head)  # neutral, 없음: true of the whole only if true of both
    if blank is not None:
        united[:, blank] = mine[:, blank] * other[:, blank]
    either: np.ndarray = united
    return either


def _thin(sentences: list[int], rng: np.random.Generator) -> list[int]:
    """Drop sentences at random, rarely all of them."""
    if rng.random() < DROP_ALL:
        return []
    return [sentence for sentence in sentences if rng.random() >= DROP_SENTENCE] or sentences
