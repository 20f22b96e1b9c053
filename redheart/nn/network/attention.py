"""Attention over packed documents: a call for each bucket of near lengths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from redheart.nn.network.layers import Linear, ResidualFeedForward, Shape, Stack
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
        self.head_width = shape.width // shape.attention_heads
        # Without bias: softmax cannot see one added to all keys.
        self.query_key = Linear(shape.width, 2 * shape.width, bias=False)
        self.value = Linear(shape.width, shape.width, bias=False)
        self.merge = Linear(shape.width, shape.width, depth=depth)

    def forward(self, states: Packed, rotation: Rotation | None, asking: Tensor | None = None) -> Tensor:
        """Rows (R, d) -> what each of them saw (R, d).

        With `asking` (B,), one row of each document, which is the last one where attention is causal: what these saw
        (B, d).
        """
        seen = self._seen_by_all(states, rotation) if asking is None else self._seen_by_one(states, rotation, asking)
        merged: Tensor = self.merge(seen)
        return merged

    def _seen_by_all(self, states: Packed, rotation: Rotation | None) -> Tensor:
        query_key = self._turned(self.query_key(states.values), rotation)
        pairs = states.with_values(query_key).buckets()
        values = states.with_values(self.value(states.values)).buckets()
        return states.from_buckets(
            [self._seen(bucket, pair, value) for (bucket, pair), (_, value) in zip(pairs, values, strict=True)]
        )

    def _seen_by_one(self, states: Packed, rotation: Rotation | None, asking: Tensor) -> Tensor:
        for_queries, for_keys = self.query_key.weight.chunk(2)
        queries = linear(states.values.index_select(0, asking), for_queries)
        queries = self._turned(queries, None if rotation is None else rotation.of(asking))
        keys = self._turned(linear(states.values, for_keys), rotation)
        key_value = states.with_values(torch.cat([keys, self.value(states.values)], -1))
        return seen_by(queries.unsqueeze(1), key_value, self.heads).squeeze(1)

    def _turned(self, vectors: Tensor, rotation: Rotation | None) -> Tensor:
        """(R, heads * h), of any number of heads -> the same turned."""
        return (
            vectors if rotation is None else rotation.turn(vectors.view(len(vectors), -1, self.head_width)).flatten(1)
        )

    def _seen(self, bucket: Bucket, query_key: Tensor, value: Tensor) -> Tensor:
        """query_key (b, n, 2 d), value (b, n, d) -> (b, n, d)."""
        queries, keys = (by_head(half, self.heads) for half in query_key.chunk(2, -1))
        # Padding comes last: what looks back alone never sees it.
        mask = None if self.causal else bucket.unseen(value)
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
        key_value = states.with_values(self.key_value(states.values))
        merged: Tensor = self.merge(seen_by(asked, key_value, self.heads))
        return merged


def by_head(vectors: Tensor, heads: int) -> Tensor:
    """(b, n, d) -> (b, H, n, d/H)."""
    return vectors.view(*vectors.shape[:2], heads, -1).transpose(1, 2)


def attended(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
    """(b, H, q, h), (b, H, n, h) twice -> (b, q, d)."""
    seen = scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)
    return seen.transpose(1, 2).flatten(2)


def seen_by(queries: Tensor, key_value: Packed, heads: int) -> Tensor:
    """queries (B, Q, d), what they see of their documents (R, 2 d) -> (B, Q, d)."""
    buckets = key_value.buckets()
    asked = queries.split_with_sizes([bucket.documents for bucket, _ in buckets])
    seen = []
    for asks, (bucket, pair) in zip(asked, buckets, strict=True):
        keys, values = (by_head(half, heads) for half in pair.chunk(2, -1))
        seen.append(attended(by_head(asks, heads), keys, values, bucket.unseen(pair)))
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
        seen = self.attention(states.with_values(self.normalise(states.values)), rotation, asking)
        kept = states.values.index_select(0, asking)
        return Packed(self.feed_forward(kept + self.dropout(seen)), ((states.documents, 1),))


def reading_stack(shape: Shape, feed_forward: int, depth: int, causal: bool = False) -> Stack:
    """`depth` layers, the last of them a reading one."""
    before = [TransformerLayer(shape, feed_forward, depth, causal) for _ in range(depth - 1)]
    return Stack([*before, ReadingLayer(shape, feed_forward, depth, causal)])


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
