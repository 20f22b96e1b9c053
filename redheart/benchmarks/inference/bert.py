"""The bundled encoder's weights in BERT models and a tokenizer of transformers: one whole model a branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from torch import Tensor
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from redheart.encoders.bundled import TOKENIZER, BundledEncoder
from redheart.encoders.bundled_facts import BundledFacts

EMBEDDING: Final = "embedding"  # the pre-trained layers above the stem
_EMBEDDING_PARTS: Final = {
    "pieces.weight": "word_embeddings.weight",
    "positions.weight": "position_embeddings.weight",
    "normalise.weight": "LayerNorm.weight",
    "normalise.bias": "LayerNorm.bias",
}
_LAYER_PARTS: Final = {
    "merge": "attention.output.dense",
    "after_attention": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "after_feed_forward": "output.LayerNorm",
}


def bert_tokenizer(encoder: BundledEncoder) -> PreTrainedTokenizerFast:
    """The same file, as transformers reads it."""
    return PreTrainedTokenizerFast(
        tokenizer_file=str(encoder.folder / TOKENIZER),
        model_max_length=encoder.window,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
    )


def bert_model(facts: BundledFacts, state: Mapping[str, Tensor], layers: Sequence[str]) -> BertModel:
    """A model of these layers, each named by its prefix in `state`; the tensors are shared, not copied."""
    model = BertModel(_config(facts, len(layers)), add_pooling_layer=False)
    found = {f"embeddings.{theirs}": state[f"embeddings.{ours}"] for ours, theirs in _EMBEDDING_PARTS.items()}
    # The one token type that occurs is in the positions already.
    found["embeddings.token_type_embeddings.weight"] = model.embeddings.token_type_embeddings.weight.detach() * 0
    for number, prefix in enumerate(layers):
        found |= {f"encoder.layer.{number}.{name}": tensor for name, tensor in _layer(state, prefix).items()}
    model.load_state_dict(found, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def stem_layers(facts: BundledFacts) -> list[str]:
    """Prefixes of the layers that all branches share."""
    return [f"stem.layers.{number}." for number in range(facts.stem_layers)]


def upper_layers(facts: BundledFacts, branch: str) -> list[str]:
    """Prefixes of the layers above the stem, through the branch that this one grows from, if it does."""
    if branch == EMBEDDING:
        return [f"embedding.layers.{number}." for number in range(facts.num_hidden_layers - facts.stem_layers)]
    mine = facts.branches[branch]
    below = [] if mine.grows_from is None else _branch_layers(mine.grows_from, mine.trunk_layers)
    return below + _branch_layers(branch, mine.layers)


def _branch_layers(branch: str, count: int) -> list[str]:
    return [f"branches.{branch}.layers.{number}." for number in range(count)]


def _layer(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """One layer under BERT's names; query, key and value apart again."""
    found: dict[str, Tensor] = {}
    for value in ("weight", "bias"):
        parts = state[f"{prefix}qkv.{value}"].chunk(3)
        names = ("query", "key", "value")
        found |= {f"attention.self.{name}.{value}": part for name, part in zip(names, parts, strict=True)}
        found |= {f"{theirs}.{value}": state[f"{prefix}{ours}.{value}"] for ours, theirs in _LAYER_PARTS.items()}
    return found


def _config(facts: BundledFacts, layers: int) -> Any:
    sizes = facts.model_dump(
        include={
            "hidden_size", "num_attention_heads", "intermediate_size", "vocab_size", "max_position_embeddings",
            "type_vocab_size", "layer_norm_eps", "pad_token_id",
        }
    )  # fmt: skip
    return BertConfig(num_hidden_layers=layers, attn_implementation="sdpa", **sizes)
