"""Runs the model over planned documents: token vectors in, raw outputs as NumPy out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.nn.model import CompactModel
from redheart.nn.plan import TextPlan

Raw = dict[str, np.ndarray]  # head -> (documents, outputs), before any squashing


@dataclass(frozen=True, slots=True)
class RawText:
    """Raw outputs of one text: of the whole, of each sentence alone, of the text with each option, and U of subsets."""

    whole: Raw
    sentences: Raw
    options: Raw
    subset_utilities: np.ndarray | None  # (2^n,) in the order of `subsets`; null with fewer than two units


class Reader:
    """A model whose weights are resident; callers hold its modules while they read."""

    def __init__(self, model: CompactModel) -> None:
        self.model = model
        self.heads = tuple(model.heads)

    @torch.inference_mode()
    def pool(self, tokens: Sequence[Tensor], batch: int) -> Tensor:
        """S token matrices (T_s, D) -> (S, Q, d), in chunks of `batch` sentences."""
        device = next(self.model.trunk.parameters()).device
        parts = []
        for at in range(0, len(tokens), batch):
            chunk = list(tokens[at : at + batch])
            padded = torch.nn.utils.rnn.pad_sequence(chunk, batch_first=True)
            lengths = torch.tensor([len(row) for row in chunk])
            mask = torch.arange(padded.shape[1]) < lengths[:, None]
            parts.append(self.model.pool(padded.to(device), mask.to(device), self.heads))
        return torch.cat(parts)

    def read(self, pooled: Tensor, plan: TextPlan, subsets: np.ndarray | None) -> RawText:
        """pooled (S, Q, d) of the batch's sentences; subsets (2^n, n) bool over the plan's units, or None."""
        singles = [(sentence,) for sentence in plan.sentences]
        documents = [plan.sentences, *singles, *plan.options]
        raw = self._outputs(pooled, documents, self.heads)
        first, last = 1, 1 + len(singles)
        return RawText(
            whole={head: values[0] for head, values in raw.items()},
            sentences={head: values[first:last] for head, values in raw.items()},
            options={head: values[last:] for head, values in raw.items()},
            subset_utilities=None if subsets is None else self._subset_utilities(pooled, plan, subsets),
        )

    def probe(self, pooled: Tensor) -> dict[str, Tensor]:
        """Raw outputs of each sentence as a document of its own."""
        documents = torch.arange(len(pooled)).unsqueeze(1)
        with torch.inference_mode():
            return {head: raw.cpu() for head, raw in self.model.read(pooled, documents, self.heads).items()}

    def _subset_utilities(self, pooled: Tensor, plan: TextPlan, subsets: np.ndarray) -> np.ndarray:
        documents = [
            (*(unit for unit, present in zip(plan.units, row, strict=True) if present), *plan.held) for row in subsets
        ]
        at = sum(self.model.head(head).query_count for head in self.heads[: self.heads.index("utility")])
        queries = slice(at, at + self.model.head("utility").query_count)
        return self._outputs(pooled[:, queries], documents, ("utility",))["utility"][:, 0]

    @torch.inference_mode()
    def _outputs(self, pooled: Tensor, documents: Sequence[Sequence[int]], heads: tuple[str, ...]) -> Raw:
        longest = max(1, *(len(document) for document in documents))
        index = torch.full((len(documents), longest), -1)
        for row, document in enumerate(documents):
            index[row, : len(document)] = torch.tensor(document, dtype=torch.long)
        raw = self.model.read(pooled, index.to(pooled.device), heads)
        return {head: values.double().cpu().numpy() for head, values in raw.items()}
