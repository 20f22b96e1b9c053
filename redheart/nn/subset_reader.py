"""Reads a text over the subsets of its units: a few outputs, every sentence's part computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from redheart.nn.model import CompactModel
from redheart.types.emotions import EMOTIONS


@dataclass(frozen=True, slots=True)
class Target:
    """One output of one head, before any squashing."""

    name: str
    head: str
    output: int


#: What is decomposed, the main one first; a target whose head was left out is left out too.
TARGETS: Final = (
    Target("utility", "utility", 0),
    Target("valence", "polarity", 0),
    Target("regret", "emotion", EMOTIONS.index("remorse")),
)


class SubsetReader:
    """A model whose weights are resident, asked the queries of its targets alone."""

    def __init__(self, model: CompactModel) -> None:
        self.model = model
        self.targets = tuple(target for target in TARGETS if target.head in model.heads)
        self._places = [self._places_of(target, tuple(model.heads)) for target in self.targets]
        self.query_count = sum(map(len, self._places))

    def numbers(self, units: int, subsets: int) -> tuple[int, int]:
        """Numbers kept for all subsets of a text; and what one subset more adds, both in gathered numbers."""
        a = self.model.architecture
        every = units * self.query_count * a.width
        row = self.query_count * (a.width + a.attention_heads * (1 + units))
        if subsets == 0:
            return 0, 0
        return (every, row) if a.layers == 1 else (every, every + self.query_count * a.width)

    @torch.inference_mode()
    def read(self, pooled: Tensor, units: Sequence[int], rows: np.ndarray, limit: int) -> dict[str, np.ndarray]:
        """pooled (S, Q, d) of the batch's sentences, rows (M, n) bool over `units` -> target -> (M,) in float64.

        `limit`: gathered numbers of one step at most, unless a single subset needs more.
        """
        asked = [query for places in self._places for query in places]
        mine = pooled[list(units)][:, asked]  # (S, Q, d) -> (n, q, d)
        present = torch.from_numpy(rows).to(pooled.device)
        step = max(1, limit // self.numbers(len(units), len(rows))[1])
        parts = [self._outputs(self._gathered(mine, chunk)) for chunk in torch.split(present, step)]
        values = torch.cat(parts).double().cpu().numpy()  # (M, targets)
        return {target.name: values[:, i] for i, target in enumerate(self.targets)}

    def _gathered(self, mine: Tensor, present: Tensor) -> Tensor:
        """(n, q, d), (B, n) -> (B, q, d)."""
        backbone = self.model.trunk.backbone
        if len(backbone.layers) == 1:
            return backbone.over_subsets(mine, present)
        gathered: Tensor = backbone(mine.expand(len(present), -1, -1, -1), present)
        return gathered

    def _outputs(self, gathered: Tensor) -> Tensor:
        """(B, q, d) -> (B, targets)."""
        parts = torch.split(gathered, [len(places) for places in self._places], dim=1)
        heads = [(self.model.head(target.head), target.output) for target in self.targets]
        return torch.stack([head.one(part, output) for (head, output), part in zip(heads, parts, strict=True)], dim=1)

    def _places_of(self, target: Target, heads: tuple[str, ...]) -> list[int]:
        """Where a target's queries lie among those of all heads."""
        before = sum(self.model.head(head).query_count for head in heads[: heads.index(target.head)])
        return [before + query for query in self.model.head(target.head).queries_of(target.output)]
