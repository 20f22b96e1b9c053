"""The bundled encoder's module: a stem, the pre-trained layers above it, and branches that read."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from redheart.encoders.bundled_facts import BundledFacts
from redheart.encoders.layers import LayerStack, Packing, TokenEmbeddings


class BranchedEncoder(nn.Module):
    """Stem and `embedding` together are the pre-trained encoder, weight for weight."""

    def __init__(self, facts: BundledFacts, branches: Sequence[str]) -> None:
        super().__init__()
        self.config = facts
        width, epsilon = facts.hidden_size, facts.layer_norm_eps
        self.embeddings = TokenEmbeddings(facts.vocab_size, facts.max_position_embeddings, width, epsilon)
        self.stem = stack(facts, facts.stem_layers)
        self.embedding = stack(facts, facts.num_hidden_layers - facts.stem_layers)
        self.branches = nn.ModuleDict({name: stack(facts, facts.branches[name].layers) for name in branches})

    def forward(self, ids: Tensor, packing: Packing, embed: bool = True) -> tuple[Tensor, Tensor]:
        """ids (N,) packed -> mean vector of each sentence (S, D), tokens (N, B * D) of the branches side by side.

        Without `embed` the pre-trained layers above the stem are spared where branches read: the vectors are (S, 0).
        """
        stem = self.stem(self.embeddings(ids, packing), packing)
        read = [self._read(name, stem, packing) for name in self.branches]
        if read and not embed:
            return stem.new_empty(len(packing.mask), 0), torch.cat(read, dim=1)
        embedded = self.embedding(stem, packing)
        return packing.mean(embedded), torch.cat(read, dim=1) if read else embedded

    def _read(self, name: str, stem: Tensor, packing: Packing) -> Tensor:
        """(N, D) of the stem -> (N, D) of a branch, through the one that it grows from."""
        facts = self.config.branches[name]
        tokens = stem
        if facts.grows_from is not None:
            trunk = self.branches[facts.grows_from]
            assert isinstance(trunk, LayerStack)
            for layer in trunk.layers[: facts.trunk_layers]:
                tokens = layer(tokens, packing)
        read: Tensor = self.branches[name](tokens, packing)
        return read


def stack(facts: BundledFacts, layers: int, dropout: float = 0.0) -> LayerStack:
    """Some layers of the encoder's sizes."""
    sizes = facts.hidden_size, facts.num_attention_heads, facts.intermediate_size, facts.layer_norm_eps
    return LayerStack(layers, *sizes, dropout)
