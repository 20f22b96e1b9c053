"""Where fine-tuning begins: the frozen stem, the upper layers as they were pre-trained, a fresh trunk and heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from redheart.encoders.branched import stack
from redheart.encoders.bundled import BundledEncoder
from redheart.encoders.layers import LayerStack, Packing, TokenEmbeddings
from redheart.nn.model import Architecture, CompactModel
from redheart.training.finetune.network import FineTuned
from redheart.types.encoding import Passage

SENTENCES_AT_ONCE = 64


class Tokenizer:
    """The bundled tokenizer."""

    def __init__(self, encoder: BundledEncoder) -> None:
        self._encoder, self.revision = encoder, encoder.revision

    def ids_of(self, passages: Sequence[Passage]) -> list[list[int]]:
        """Token ids of each passage, with prefix and marks."""
        return self._encoder.token_ids(passages)[0]


class Stem(nn.Module):
    """Embeddings and the lower layers, frozen."""

    def __init__(self, encoder: BundledEncoder, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        facts = encoder.facts
        self.embeddings = TokenEmbeddings(
            facts.vocab_size, facts.max_position_embeddings, facts.hidden_size, facts.layer_norm_eps
        )
        self.lower = stack(facts, facts.stem_layers)
        self.embeddings.load_state_dict(section(state, "embeddings."))
        self.lower.load_state_dict(section(state, "stem."))
        self.requires_grad_(False).eval()

    @torch.inference_mode()
    def read(self, sentences: list[np.ndarray]) -> Tensor:
        """Token ids of some sentences -> (N, D), in chunks of neighbours."""
        parts = []
        for at in range(0, len(sentences), SENTENCES_AT_ONCE):
            chunk = sentences[at : at + SENTENCES_AT_ONCE]
            packing = Packing.of([len(each) for each in chunk])
            ids = torch.from_numpy(np.concatenate(chunk).astype(np.int64))
            parts.append(self.lower(self.embeddings(ids, packing), packing))
        return torch.cat(parts)


def begin(
    encoder: BundledEncoder, state: Mapping[str, Tensor], heads: Sequence[str], seed: int, dropout: float = 0.1
) -> FineTuned:
    """A network whose upper layers are the pre-trained ones."""
    torch.manual_seed(seed)
    facts = encoder.facts
    branch = stack(facts, facts.num_hidden_layers - facts.stem_layers, dropout)
    branch.load_state_dict(section(state, "embedding."))
    return FineTuned(branch, CompactModel(Architecture(), list(heads)))


def begin_extension(
    encoder: BundledEncoder,
    model: CompactModel,
    heads: Sequence[str],
    trunk_layers: int,
    seed: int,
    dropout: float,
) -> FineTuned:
    """A network that grows from the `reading` branch: its upper layers anew, its trunk frozen, heads of their own.

    `encoder` has its weights; `model` is the one whose trunk the heads share.
    """
    torch.manual_seed(seed)
    reading = encoder.module.branches["reading"]
    assert isinstance(reading, LayerStack)
    before, upper = reading.layers[:trunk_layers], reading.layers[trunk_layers:]
    branch, frozen = stack(encoder.facts, len(upper), dropout), stack(encoder.facts, len(before))
    branch.layers.load_state_dict(upper.state_dict())
    frozen.layers.load_state_dict(before.state_dict())
    extension = CompactModel(model.architecture, list(heads))
    extension.trunk.load_state_dict(model.trunk.state_dict())
    extension.trunk.requires_grad_(False)
    return FineTuned(branch, extension, frozen.requires_grad_(False).eval())


def section(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


@torch.no_grad()
def fit_biases(network: FineTuned, targets: dict[str, list[np.ndarray]]) -> None:
    """Every head begins at the log odds of its labels: rare ones need not be unlearned first."""
    for head, parts in targets.items():
        rate = torch.from_numpy(np.nanmean(np.concatenate(parts), axis=0)).clamp(1e-3, 1 - 1e-3)
        network.model.head(head).bias.copy_(torch.log(rate / (1 - rate)))


@torch.no_grad()
def fit_standardisation(network: FineTuned, tokens: Tensor, packing: Packing) -> None:
    """Moments of the pre-trained upper layers' outputs."""
    network.eval()
    network.trunk.pooling.standardise.fit(network.branch(tokens, packing))
