"""Transformer layers over packed tokens: no arithmetic is spent on padding but in the attention itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention


@dataclass(frozen=True, slots=True)
class Packing:
    """Where the N tokens of S sentences, laid end to end, lie in a padded (S, T) table."""

    places: Tensor  # (N,) int64, index into S * T
    mask: Tensor  # (S, T) true where a token is

    @staticmethod
    def of(lengths: Sequence[int], device: torch.device | str = "cpu") -> Packing:
        """From the number of tokens of each sentence, all at least 1."""
        counts = torch.as_tensor(lengths, dtype=torch.long, device=device)
        mask = torch.arange(int(counts.max()), device=device) < counts[:, None]
        return Packing(mask.flatten().nonzero().squeeze(1), mask)

    @property
    def sentence_of(self) -> Tensor:
        """(N,) the sentence of each token."""
        return self.places // self.mask.shape[1]

    def pad(self, packed: Tensor) -> Tensor:
        """(N, D) -> (S, T, D), zero where no token is."""
        sentences, longest = self.mask.shape
        table = packed.new_zeros(sentences * longest, packed.shape[1])
        return table.index_copy(0, self.places, packed).view(sentences, longest, -1)

    def pack(self, padded: Tensor) -> Tensor:
        """(S, T, D) -> (N, D)."""
        return padded.flatten(0, 1).index_select(0, self.places)

    def mean(self, packed: Tensor) -> Tensor:
        """(N, D) -> (S, D), the mean over each sentence's tokens."""
        total = packed.new_zeros(len(self.mask), packed.shape[1]).index_add(0, self.sentence_of, packed)
        return total / self.mask.sum(1, keepdim=True)


class EncoderLayer(nn.Module):
    """A post-norm layer as in BERT (Devlin et al., NAACL 2019), query, key and value in one matrix."""

    def __init__(self, width: int, attention_heads: int, feed_forward: int, epsilon: float, dropout: float) -> None:
        super().__init__()
        self.attention_heads, self.dropout = attention_heads, dropout
        self.qkv = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.after_attention = nn.LayerNorm(width, eps=epsilon)
        self.widen = nn.Linear(width, feed_forward)
        self.narrow = nn.Linear(feed_forward, width)
        self.after_feed_forward = nn.LayerNorm(width, eps=epsilon)

    def forward(self, tokens: Tensor, packing: Packing) -> Tensor:
        """(N, D) -> (N, D)."""
        seen = self._dropped(self.merge(self._attended(tokens, packing)), packing)
        tokens = self.after_attention(tokens + seen)
        out: Tensor = self.after_feed_forward(tokens + self._dropped(self.narrow(gelu(self.widen(tokens))), packing))
        return out

    def _attended(self, tokens: Tensor, packing: Packing) -> Tensor:
        sentences, longest = packing.mask.shape
        split = packing.pad(self.qkv(tokens)).view(sentences, longest, 3, self.attention_heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (S, H, T, D/H)
        seen = scaled_dot_product_attention(query, key, value, attn_mask=packing.mask[:, None, None, :])
        return packing.pack(seen.transpose(1, 2).reshape(sentences, longest, -1))

    def _dropped(self, change: Tensor, packing: Packing) -> Tensor:
        """Dropout with one mask a sentence, not a token: T times fewer random numbers (Gal and Ghahramani, 2016)."""
        if not self.training or self.dropout == 0:
            return change
        keep = 1 - self.dropout
        mask = change.new_empty(len(packing.mask), change.shape[1]).bernoulli_(keep).div_(keep)
        return change * mask.index_select(0, packing.sentence_of)


class LayerStack(nn.Module):
    """Some layers, one after another."""

    def __init__(
        self, layers: int, width: int, attention_heads: int, feed_forward: int, epsilon: float, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            EncoderLayer(width, attention_heads, feed_forward, epsilon, dropout) for _ in range(layers)
        )

    def forward(self, tokens: Tensor, packing: Packing) -> Tensor:
        """(N, D) -> (N, D)."""
        for layer in self.layers:
            tokens = layer(tokens, packing)
        return tokens


class TokenEmbeddings(nn.Module):
    """Pieces and positions -> vectors; the type of every token is the first."""

    def __init__(self, pieces: int, positions: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.pieces = nn.Embedding(pieces, width)
        self.positions = nn.Embedding(positions, width)
        self.normalise = nn.LayerNorm(width, eps=epsilon)

    def forward(self, ids: Tensor, packing: Packing) -> Tensor:
        """ids (N,) of packed tokens -> (N, D)."""
        at = packing.places % packing.mask.shape[1]
        out: Tensor = self.normalise(self.pieces(ids) + self.positions(at))
        return out
