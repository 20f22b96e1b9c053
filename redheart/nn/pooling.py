"""Label-query pooling: every label asks its own question of a sentence's tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Standardise(nn.Module):
    """Per-dimension standardisation by means and deviations of the training tokens.

    Not a layer norm: a few dimensions of the encoder carry a large constant that would drown the others.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, encoder_dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(encoder_dim))
        self.register_buffer("deviation", torch.ones(encoder_dim))

    def fit(self, tokens: Tensor) -> None:
        """tokens (N, D): remember their moments."""
        self.mean, self.deviation = tokens.mean(0), tokens.std(0)

    def forward(self, tokens: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        return (tokens - self.mean) / self.deviation


class LabelQueryPooling(nn.Module):
    """Attention of Q label queries over the tokens of one sentence, plus the mean of its tokens.

    In the manner of label-wise attention (Mullenbach et al., NAACL 2018), with several attention heads.
    """

    def __init__(self, encoder_dim: int, width: int, attention_heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.standardise = Standardise(encoder_dim)
        self.key = nn.Linear(encoder_dim, width)
        self.value = nn.Linear(encoder_dim, width)
        self.mean = nn.Linear(encoder_dim, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, mask: Tensor, queries: Tensor) -> Tensor:
        """tokens (S, T, D), mask (S, T) true where a token is, queries (Q, d) -> (S, Q, d)."""
        features = self.standardise(tokens)
        # One mask a sentence, not a token: the same dimensions are hidden throughout, and it costs T times less.
        features = features * self.dropout(torch.ones_like(features[:, :1]))
        keys, values = self._split(self.key(features)), self._split(self.value(features))  # (S, H, T, d/H)
        asked = queries.view(len(queries), self.attention_heads, -1).transpose(0, 1)  # (Q, d) -> (H, Q, d/H)
        scores = torch.einsum("hqc,shtc->shqt", asked, keys) / keys.shape[-1] ** 0.5
        scores = scores.masked_fill(~mask[:, None, None, :], float("-inf"))
        pooled = (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)  # (S, H, Q, d/H) -> (S, Q, d)
        share = mask.float() / mask.sum(1, keepdim=True)
        mean = self.mean(torch.einsum("st,std->sd", share, features))  # (S, d)
        joined: Tensor = self.dropout(pooled + mean.unsqueeze(1))
        return joined

    def _split(self, features: Tensor) -> Tensor:
        """(S, T, d) -> (S, H, T, d/H)."""
        sentences, tokens, _ = features.shape
        return features.view(sentences, tokens, self.attention_heads, -1).transpose(1, 2)
