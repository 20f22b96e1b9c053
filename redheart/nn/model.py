"""The compact model: shared pooling, backbone, and whichever heads a checkpoint carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from redheart.nn.backbone import Backbone
from redheart.nn.heads import HEADS, Head
from redheart.nn.pooling import LabelQueryPooling
from redheart.nn.wide import WideTable


@dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of a preset."""

    encoder_dim: int = 384  # D, of the sentence encoder
    width: int = 192  # d
    attention_heads: int = 4
    layers: int = 1  # backbone layers over sentences
    feed_forward: int = 384
    dropout: float = 0.1  # in training only

    def as_dict(self) -> dict[str, float | int]:
        """Plain fields, for a checkpoint's config."""
        return asdict(self)


class Trunk(nn.Module):
    """What all heads share: pooling and backbone."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        self.pooling = LabelQueryPooling(a.encoder_dim, a.width, a.attention_heads, a.dropout)
        self.backbone = Backbone(a.width, a.layers, a.attention_heads, a.feed_forward, a.dropout)


class CompactModel:
    """Trunk and heads as separate modules, so that each can lie on its own memory tier and in its own file."""

    def __init__(
        self,
        architecture: Architecture,
        heads: Sequence[str],
        branches: Sequence[str] = (),
        wide: Mapping[str, int] | None = None,
    ) -> None:
        """`branches` names the token vectors that lie side by side, in their order; none: one for all heads.

        `wide`: head -> n-grams of its wide part.
        """
        self.architecture, self.branches = architecture, tuple(branches)
        self.trunk = Trunk(architecture)
        self.heads = nn.ModuleDict({name: HEADS[name](architecture.width) for name in heads})
        for name, grams in (wide or {}).items():
            self.head(name).widen(grams)

    def head(self, name: str) -> Head:
        """One head by name."""
        head = self.heads[name]
        assert isinstance(head, Head)
        return head

    def wide(self) -> dict[str, WideTable]:
        """The wide parts by head."""
        return {name: table for name in self.heads if (table := self.head(name).wide) is not None}

    def modules(self) -> dict[str, nn.Module]:
        """Every module by the name it is registered and stored under."""
        return {"backbone": self.trunk, **{f"head.{name}": head for name, head in self.heads.items()}}

    def queries(self, heads: Sequence[str]) -> Tensor:
        """(Q, d): the label queries of some heads, one after another."""
        return torch.cat([self.head(name).queries for name in heads])

    def pool(self, tokens: Tensor, mask: Tensor, heads: Sequence[str]) -> Tensor:
        """tokens (S, T, B * D) of the branches side by side, mask (S, T) -> (S, Q, d) for the queries of `heads`."""
        asked: dict[str, list[str]] = {}
        for head in heads:
            asked.setdefault(self.head(head).branch if self.branches else "", []).append(head)
        pooled: dict[str, Tensor] = {}
        for branch, mine in asked.items():
            found = self.trunk.pooling(self._tokens_of(branch, tokens), mask, self.queries(mine))
            pooled |= dict(zip(mine, found.split([self.head(head).query_count for head in mine], dim=1), strict=True))
        return torch.cat([pooled[head] for head in heads], dim=1)

    def _tokens_of(self, branch: str, tokens: Tensor) -> Tensor:
        """(S, T, D) of one branch."""
        if not self.branches:
            return tokens
        at, width = self.branches.index(branch), self.architecture.encoder_dim
        return tokens[..., at * width : (at + 1) * width]

    def read(self, pooled: Tensor, documents: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """pooled (S, Q, d) of all sentences, documents (B, L) of sentence indices padded with -1.

        Returns raw outputs (B, outputs) by head, without what their wide parts add. A document of nothing but -1 gives
        the null reading.
        """
        present = documents >= 0
        gathered = self.trunk.backbone(pooled[documents.clamp(min=0)], present)  # (B, L, Q, d) -> (B, Q, d)
        counts = [self.head(name).query_count for name in heads]
        parts = gathered.split(counts, dim=1)
        return {name: self.head(name)(part) for name, part in zip(heads, parts, strict=True)}
