"""The same network over padded documents: the backbone computes the padding too, and masks it in attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from redheart.nn.network.attention import SelfAttention, attended, by_head, rotation_of
from redheart.nn.network.layout import Bucket
from redheart.nn.network.network import Network
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import TASKS, Features, PartOutput, Task


@dataclass(frozen=True, slots=True)
class Padded:
    """values (B, S, D), zeros after the last sentence of each document; mask (B, S) says which rows are real.

    `groups` as the same documents have them when packed.
    """

    values: Tensor
    mask: Tensor
    groups: tuple[tuple[int, int], ...]


def padded(documents: Packed) -> Padded:
    """What a collate function makes of documents."""
    lengths = [rows for count, rows in documents.groups for _ in range(count)]
    values = pad_sequence(list(torch.split(documents.values, lengths)), batch_first=True)
    places = torch.arange(values.shape[1], device=values.device)
    mask = places < torch.tensor(lengths, device=values.device).unsqueeze(1)
    return Padded(values, mask, documents.groups)


class MaskedAttention(SelfAttention):
    """The same attention that does not see rows outside `mask` (B, 1, 1, S)."""

    mask: Tensor

    def _seen(self, bucket: Bucket, query_key: Tensor, value: Tensor) -> Tensor:
        queries, keys = (by_head(half, self.heads) for half in query_key.chunk(2, -1))
        return attended(queries, keys, by_head(value, self.heads), self.mask)


@contextmanager
def over_padding(network: Network) -> Iterator[PaddedNetwork]:
    """The network as one over padded documents; after it, it reads packed ones again."""
    attentions = [layer.attention for layer in network.backbone.layers]
    for attention in attentions:
        attention.__class__ = MaskedAttention
    try:
        yield PaddedNetwork(network)
    finally:
        for attention in attentions:
            attention.__class__ = SelfAttention


class PaddedNetwork(nn.Module):
    """Shares the weights of a network whose attention is masked; its parts read the real rows alone."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, documents: Padded) -> dict[str, PartOutput]:
        """As the network does."""
        parts = self.network.parts()
        features = self.features(documents)
        return {name: self.network.taught(part(features[part.task])) for name, part in parts.items()}

    def features(self, documents: Padded) -> dict[Task, Features]:
        """The backbone over all rows; then the real ones, packed."""
        backbone = self.network.backbone
        mask = pad(documents.mask, (1, 0), value=True)  # the document token is real
        batch, rows = mask.shape
        for layer in backbone.layers:
            layer.attention.mask = mask[:, None, None, :]  # type: ignore[union-attr]
        sentences = backbone.input(documents.values)
        headed = torch.cat([backbone.token.expand(batch, 1, -1), sentences], dim=1)
        flat = Packed(backbone.dropout(backbone.normalise(headed)).flatten(0, 1), ((batch, rows),))
        states = backbone.layers.through(flat, rotation_of(flat, backbone.head_width)).values
        groups = tuple((count, length + 1) for count, length in documents.groups)
        found: dict[Task, Features] = {}
        for task in TASKS:
            if task in backbone.projections:
                projected = Packed(backbone.projections[task](states)[mask.flatten()], groups)
                found[task] = Features(projected, projected.first_rows())
        return found
