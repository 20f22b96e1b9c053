"""The backbone: mixes the pooled sentences of a document behind a learned null token."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class BackboneLayer(nn.Module):
    """Pre-norm transformer layer in which absent sentences are neither seen nor counted."""

    def __init__(self, width: int, attention_heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.before_attention = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.merge = nn.Linear(width, width)
        self.before_feed_forward = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, feed_forward), nn.GELU(), nn.Linear(feed_forward, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, present: Tensor, asking: int) -> Tensor:
        """states (N, 1 + S, d), present (N, 1 + S) true where something is -> (N, asking, d).

        Only the first `asking` positions ask: what nobody reads is not computed.
        """
        rows, length, width = states.shape
        normal = self.before_attention(states)
        query = self.query(normal[:, :asking]).view(rows, asking, self.attention_heads, -1).transpose(1, 2)
        key, value = self.key_value(normal).view(rows, length, 2, self.attention_heads, -1).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(
            query, key, value, attn_mask=present[:, None, None, :]
        )  # (N, H, asking, d/H)
        return self._after(states[:, :asking], seen.transpose(1, 2).reshape(rows, asking, width))

    def first(self, asking: Tensor, others: Tensor, present: Tensor) -> Tensor:
        """What `forward` gives the first position, for many choices of who else is there.

        asking (B, Q, d) differs from row to row; others (S, Q, d) do not, present (B, S) says who is seen -> (B, Q, d).
        Keys and values of the others are computed once, not once a row.
        """
        rows, queries, width = asking.shape
        normal = self.before_attention(asking)
        query = self.query(normal).view(rows, queries, self.attention_heads, -1)
        key, value = self._keys_values(normal)  # (B, Q, H, d/H)
        keys, values = self._keys_values(self.before_attention(others))  # (S, Q, H, d/H)
        scores = torch.einsum("bqhc,sqhc->bqhs", query, keys).masked_fill(~present[:, None, None, :], float("-inf"))
        own = (query * key).sum(-1, keepdim=True)
        weights = (torch.cat([own, scores], dim=-1) / query.shape[-1] ** 0.5).softmax(-1)  # (B, Q, H, 1 + S)
        seen = weights[..., :1] * value + torch.einsum("bqhs,sqhc->bqhc", weights[..., 1:], values)
        return self._after(asking, seen.reshape(rows, queries, width))

    def _keys_values(self, normal: Tensor) -> tuple[Tensor, Tensor]:
        """(N, Q, d) -> twice (N, Q, H, d/H)."""
        both = self.key_value(normal).view(*normal.shape[:-1], 2, self.attention_heads, -1)
        return both[..., 0, :, :], both[..., 1, :, :]

    def _after(self, states: Tensor, seen: Tensor) -> Tensor:
        """What was seen joins the states; then the feed-forward block."""
        states = states + self.dropout(self.merge(seen))
        out: Tensor = states + self.dropout(self.feed_forward(self.before_feed_forward(states)))
        return out


class Backbone(nn.Module):
    """Sentences of a document, one sequence a label query; what the null token has gathered is the document."""

    def __init__(self, width: int, layers: int, attention_heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.null = nn.Parameter(torch.randn(width) * 0.02)
        self.layers = nn.ModuleList(BackboneLayer(width, attention_heads, feed_forward, dropout) for _ in range(layers))
        self.normalise = nn.LayerNorm(width)

    def forward(self, pooled: Tensor, present: Tensor) -> Tensor:
        """pooled (B, S, Q, d), present (B, S) -> (B, Q, d). A document without any sentence gives the null reading."""
        documents, _, queries, width = pooled.shape
        sentences = pooled.transpose(1, 2).flatten(0, 1)  # (B, S, Q, d) -> (B * Q, S, d)
        share = present.float() / present.sum(1, keepdim=True).clamp(min=1)
        mean = torch.einsum("bs,bsqd->bqd", share, pooled).flatten(0, 1)  # nothing present: 0
        states = torch.cat([(self.null + mean).unsqueeze(1), sentences], dim=1)
        seen = nn.functional.pad(present, (1, 0), value=True).repeat_interleave(queries, 0)  # (B * Q, 1 + S)
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, seen, 1 if number == len(self.layers) else states.shape[1])
        gathered: Tensor = self.normalise(states[:, 0])
        return gathered.view(documents, queries, width)

    def over_subsets(self, sentences: Tensor, present: Tensor) -> Tensor:
        """sentences (S, Q, d) of one document, present (B, S) -> (B, Q, d): `forward` of each of its B subsets.

        With a single layer the sentences' part is computed once. Raises ValueError for a deeper backbone, in which
        what a sentence becomes depends on who else is there: read its subsets with `forward`.
        """
        if len(self.layers) != 1:
            raise ValueError(f"a backbone of '{len(self.layers)}' layers shares nothing between subsets; use forward")
        share = present.to(sentences.dtype) / present.sum(1, keepdim=True).clamp(min=1)
        asking = self.null + torch.einsum("bs,sqd->bqd", share, sentences)  # nothing present: the null token alone
        layer = self.layers[0]
        assert isinstance(layer, BackboneLayer)
        gathered: Tensor = self.normalise(layer.first(asking, sentences, present))
        return gathered
