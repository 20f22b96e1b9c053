"""Attention over packed documents: a dense call a length group, without mask, padding or gather."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from redheart.nn.network.layers import Linear, ResidualFeedForward, Shape
from redheart.nn.network.packed import Packed

_LONGEST_WAVE = 10_000.0


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotary position (Su et al., arXiv 2104.09864): `cos` and `sin` (R, 1, h / 2) of each row's place."""

    cos: Tensor
    sin: Tensor

    def turn(self, vectors: Tensor) -> Tensor:
        """(R, n, h) -> (R, n, h), the halves of every vector turned by their row's place."""
        left, right = vectors.chunk(2, -1)
        return torch.cat([left * self.cos - right * self.sin, right * self.cos + left * self.sin], -1)


def rotation_of(states: Packed, head_width: int) -> Rotation:
    """The rotation of every row by its place in its document, counted from 0."""
    values = states.values
    longest = max(0, *(rows for _, rows in states.groups))
    halves = torch.arange(head_width // 2, device=values.device, dtype=torch.float32)
    places = torch.arange(longest, device=values.device, dtype=torch.float32)
    angles = torch.outer(places, _LONGEST_WAVE ** (-2 * halves / head_width))  # (longest, h / 2)
    packed = torch.cat([angles[:rows].repeat(count, 1) for count, rows in states.groups]).unsqueeze(1)
    return Rotation(packed.cos().to(values.dtype), packed.sin().to(values.dtype))


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
            heads = query_key.view(len(query_key), 2 * self.heads, -1)
            query_key = rotation.turn(heads).flatten(1)
        pairs = states.with_values(query_key).views()
        values = states.with_values(self.value(states.values)).views()
        seen = [self._seen(pair, value) for pair, value in zip(pairs, values, strict=True)]
        merged: Tensor = self.merge(torch.cat(seen))
        return merged

    def _seen(self, query_key: Tensor, value: Tensor) -> Tensor:
        """One group: query_key (b, n, 2 d), value (b, n, d) -> (b * n, d)."""
        queries, keys = (by_head(half, self.heads) for half in query_key.chunk(2, -1))
        seen = scaled_dot_product_attention(queries, keys, by_head(value, self.heads), is_causal=self.causal)
        return seen.transpose(1, 2).flatten(2).flatten(0, 1)  # (b, H, n, d/H) -> (b * n, d)


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
        asked = (
            self.query(queries).expand(states.documents, -1, -1).split_with_sizes([count for count, _ in states.groups])
        )
        rows = states.with_values(self.key_value(states.values)).views()
        merged: Tensor = self.merge(torch.cat([self._seen(*group) for group in zip(asked, rows, strict=True)]))
        return merged

    def _seen(self, asked: Tensor, key_value: Tensor) -> Tensor:
        """One group: asked (b, Q, d), key_value (b, n, 2 d) -> (b, Q, d)."""
        keys, values = (by_head(half, self.heads) for half in key_value.chunk(2, -1))
        return scaled_dot_product_attention(by_head(asked, self.heads), keys, values).transpose(1, 2).flatten(2)


def by_head(vectors: Tensor, heads: int) -> Tensor:
    """(b, n, d) -> (b, H, n, d/H)."""
    return vectors.view(*vectors.shape[:2], heads, -1).transpose(1, 2)


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
