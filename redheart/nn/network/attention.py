"""Attention over packed documents: a call for each bucket of near lengths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from redheart.nn.network.layers import Linear, ResidualFeedForward, Shape
from redheart.nn.network.layout import Bucket
from redheart.nn.network.packed import Packed

_LONGEST_WAVE = 10_000.0


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotary position (Su et al., arXiv 2104.09864): `cos` and `sin` (R, 1, h) of each row's place.

    An entry is turned with the one half a vector away; `sin` bears the sign of the first half.
    """

    cos: Tensor
    sin: Tensor

    def turn(self, vectors: Tensor) -> Tensor:
        """(R, n, h) -> (R, n, h), every vector turned by its row's place."""
        return vectors * self.cos + vectors.roll(vectors.shape[-1] // 2, -1) * self.sin

    def of(self, rows: Tensor) -> Rotation:
        """Of some rows alone."""
        return Rotation(self.cos.index_select(0, rows), self.sin.index_select(0, rows))


def rotation_of(states: Packed, head_width: int) -> Rotation:
    """The rotation of every row by its place in its document, counted from 0."""
    values = states.values
    halves = torch.arange(head_width // 2, device=values.device, dtype=torch.float32)
    places = torch.arange(max(0, *(rows for _, rows in states.groups)), device=values.device, dtype=torch.float32)
    angles = torch.outer(places, _LONGEST_WAVE ** (-2 * halves / head_width))  # (longest, h / 2)
    cos, sin = angles.cos(), angles.sin()
    table = torch.cat([cos, cos, -sin, sin], -1).to(values.dtype)
    return Rotation(*table.index_select(0, states.layout.place).unsqueeze(1).chunk(2, -1))


class SelfAttention(nn.Module):
    """Rows of a document see one another; `causal` ones only themselves and those before."""

    def __init__(self, shape: Shape, depth: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = shape.attention_heads, causal
        # Without bias: softmax cannot see one added to all keys.
        self.query_key = Linear(shape.width, 2 * shape.width, bias=False)
        self.value = Linear(shape.width, shape.width, bias=False)
        self.merge = Linear(shape.width, shape.width, depth=depth)

    def forward(self, states: Packed, rotation: Rotation | None) -> Tensor:
        """Rows (R, d) -> what each of them saw (R, d)."""
        query_key = self.query_key(states.values)
        if rotation is not None:
            query_key = rotation.turn(query_key.view(len(query_key), 2 * self.heads, -1)).flatten(1)
        pairs = states.with_values(query_key).buckets()
        values = states.with_values(self.value(states.values)).buckets()
        seen = [self._seen(bucket, pair, value) for (bucket, pair), (_, value) in zip(pairs, values, strict=True)]
        merged: Tensor = self.merge(states.from_buckets(seen))
        return merged

    def of(self, asking: Tensor, states: Packed, rotation: Rotation) -> Tensor:
        """What one row of each document saw, (B, d): rows `asking` (B,), the last ones where attention is causal."""
        for_queries, for_keys = self.query_key.weight.chunk(2)
        queries = linear(states.values.index_select(0, asking), for_queries)
        keys = linear(states.values, for_keys)
        queries = rotation.of(asking).turn(queries.view(len(queries), self.heads, -1)).view(len(queries), 1, -1)
        keys = rotation.turn(keys.view(len(keys), self.heads, -1)).flatten(1)
        seen = seen_by(queries, states.with_values(keys), states.with_values(self.value(states.values)), self.heads)
        merged: Tensor = self.merge(seen.squeeze(1))
        return merged

    def _seen(self, bucket: Bucket, query_key: Tensor, value: Tensor) -> Tensor:
        """query_key (b, n, 2 d), value (b, n, d) -> (b, n, d)."""
        queries, keys = (by_head(half, self.heads) for half in query_key.chunk(2, -1))
        # Padding comes last: what looks back alone never sees it.
        mask = None if self.causal else bucket.seen
        return attended(queries, keys, by_head(value, self.heads), mask, self.causal)


class CrossAttention(nn.Module):
    """Queries of a document see its rows, of which there must be one at least."""

    def __init__(self, shape: Shape, depth: int) -> None:
        super().__init__()
        self.heads = shape.attention_heads
        self.query = Linear(shape.width, shape.width, bias=False)
        self.key_value = Linear(shape.width, 2 * shape.width, bias=False)
        self.merge = Linear(shape.width, shape.width, depth=depth)

    def forward(self, queries: Tensor, states: Packed) -> Tensor:
        """queries (B, Q, d), or (1, Q, d) for the same of every document -> (B, Q, d)."""
        asked = self.query(queries).expand(states.documents, -1, -1)
        keys, values = (states.with_values(half) for half in self.key_value(states.values).chunk(2, -1))
        merged: Tensor = self.merge(seen_by(asked, keys, values, self.heads))
        return merged


def by_head(vectors: Tensor, heads: int) -> Tensor:
    """(b, n, d) -> (b, H, n, d/H)."""
    return vectors.view(*vectors.shape[:2], heads, -1).transpose(1, 2)


def attended(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
    """(b, H, q, h), (b, H, n, h) twice -> (b, q, d)."""
    seen = scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)
    return seen.transpose(1, 2).flatten(2)


def seen_by(queries: Tensor, keys: Packed, values: Packed, heads: int) -> Tensor:
    """queries (B, Q, d), keys and values (R, d) of the same documents -> (B, Q, d)."""
    pairs = list(zip(keys.buckets(), values.buckets(), strict=True))
    asked = queries.split_with_sizes([bucket.documents for (bucket, _), _ in pairs])
    seen = [
        attended(by_head(asks, heads), by_head(key, heads), by_head(value, heads), bucket.seen)
        for asks, ((bucket, key), (_, value)) in zip(asked, pairs, strict=True)
    ]
    return torch.cat(seen) if len(seen) > 1 else seen[0]


class TransformerLayer(nn.Module):
    """Pre-norm transformer layer over packed rows, one of `depth`."""

    def __init__(self, shape: Shape, feed_forward: int, depth: int, causal: bool = False) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.attention = SelfAttention(shape, 2 * depth, causal)
        self.dropout = nn.Dropout(shape.dropout)
        self.feed_forward = ResidualFeedForward(shape, feed_forward, 2 * depth)

    def forward(self, states: Packed, rotation: Rotation) -> Packed:
        """Rows -> rows."""
        seen = self.attention(states.with_values(self.normalise(states.values)), rotation)
        return states.with_values(self.feed_forward(states.values + self.dropout(seen)))


class ReadingLayer(TransformerLayer):
    """A last layer of which one row a document is read: what the others would become is not computed."""

    def forward(self, states: Packed, rotation: Rotation) -> Packed:
        """Rows -> the first row of each document; the last one where attention is causal."""
        asking = states.layout.last if self.attention.causal else states.layout.first
        seen = self.attention.of(asking, states.with_values(self.normalise(states.values)), rotation)
        kept = states.values.index_select(0, asking)
        return Packed(self.feed_forward(kept + self.dropout(seen)), ((states.documents, 1),))


class CrossLayer(nn.Module):
    """Pre-norm layer in which queries read the rows of their document, one of `depth`."""

    def __init__(self, shape: Shape, feed_forward: int, depth: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.attention = CrossAttention(shape, 2 * depth)
        self.dropout = nn.Dropout(shape.dropout)
        self.feed_forward = ResidualFeedForward(shape, feed_forward, 2 * depth)

    def forward(self, queries: Tensor, states: Packed) -> Tensor:
        """queries (B, Q, d) -> (B, Q, d)."""
        out: Tensor = self.feed_forward(queries + self.dropout(self.attention(self.normalise(queries), states)))
        return out
