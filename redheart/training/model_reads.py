"""Documents -> raw outputs of a model that is loaded, many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.encoders.bundled import BundledEncoder
from redheart.nn.model import CompactModel
from redheart.nn.wide_reader import WideReader
from redheart.types.encoding import Passage

TOKENS_AT_ONCE = 1_536  # few enough for a processor's cache
_CHUNK = 512  # documents whose sentences are held at once
_READ = 64  # documents of like length that the backbone reads together


@dataclass(frozen=True, slots=True)
class ModelReads:
    """An encoder and a model with their weights."""

    encoder: BundledEncoder
    model: CompactModel

    @torch.inference_mode()
    def raw(self, documents: Sequence[Sequence[Passage]], heads: Sequence[str]) -> dict[str, np.ndarray]:
        """Documents of passages -> head -> (N, outputs) float64, before any squashing."""
        names = tuple(heads)
        parts = [self._chunk(documents[at : at + _CHUNK], names) for at in range(0, len(documents), _CHUNK)]
        if not parts:
            return {head: np.empty((0, len(self.model.head(head).names))) for head in names}
        return {head: np.concatenate([part[head] for part in parts]) for head in names}

    def _chunk(self, documents: Sequence[Sequence[Passage]], heads: tuple[str, ...]) -> dict[str, np.ndarray]:
        places: dict[Passage, int] = {}
        for document in documents:
            for passage in document:
                places.setdefault(passage, len(places))
        pooled = self.pooled(list(places), heads)
        index = torch.full((len(documents), max(1, *map(len, documents))), -1)
        for row, document in enumerate(documents):
            index[row, : len(document)] = torch.tensor([places[passage] for passage in document], dtype=torch.long)
        raw = {head: out.double().cpu().numpy() for head, out in self._outputs(pooled, index, heads).items()}
        named = [[places[passage] for passage in document] for document in documents]
        return WideReader(self.model).added(raw, list(places), named)

    @torch.inference_mode()
    def pooled(self, passages: Sequence[Passage], heads: Sequence[str]) -> Tensor:
        """(S, Q, d) of S passages, each encoded with others of its length."""
        found: list[Tensor] = [torch.empty(0)] * len(passages)
        device = next(self.model.trunk.parameters()).device
        for batch in self._batches(passages):
            encoded = self.encoder.encode([passages[place] for place in batch], embed=False)
            rows = self.model.pool(encoded.tokens.to(device), encoded.mask.to(device), heads)
            for place, row in zip(batch, rows, strict=True):
                found[place] = row
        return torch.stack(found)

    def _batches(self, passages: Sequence[Passage]) -> Iterator[list[int]]:
        """Places of passages, the shortest first, no more tokens together than a processor's cache likes."""
        lengths = [len(ids) for ids in self.encoder.token_ids(passages)[0]]
        batch: list[int] = []
        for place in sorted(range(len(passages)), key=lengths.__getitem__):
            if batch and (len(batch) + 1) * lengths[place] > TOKENS_AT_ONCE:
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _outputs(self, pooled: Tensor, index: Tensor, heads: tuple[str, ...]) -> dict[str, Tensor]:
        """Documents of few sentences together, so that one long one pads few others."""
        counts = (index >= 0).sum(1)
        order = counts.argsort(stable=True)
        parts: list[dict[str, Tensor]] = []
        for rows in torch.split(order, _READ):
            longest = max(1, int(counts[rows].max()))
            parts.append(self.model.read(pooled, index[rows, :longest].to(pooled.device), heads))
        back = order.argsort().to(pooled.device)
        return {head: torch.cat([part[head] for part in parts])[back] for head in heads}
