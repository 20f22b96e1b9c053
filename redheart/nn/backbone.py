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
        states = states[:, :asking] + self.dropout(self.merge(seen.transpose(1, 2).reshape(rows, asking, width)))
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
