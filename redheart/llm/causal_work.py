"""What a causal language model needs beside its weights while it writes, in float32."""

from __future__ import annotations

from typing import Any, Final

from torch import nn

#: Tokens of a prompt that are read at once: activations are bounded by it, whatever the context.
PREFILL_TOKENS: Final = 512
_FLOAT: Final = 4


def work_bytes(model: Any, context_tokens: int) -> int:
    """Cache and activations for a prompt and its answer of `context_tokens` together.

    (1) Keys and values of every layer stay for all tokens. (2) One layer's are copied where they grow, and spread
    over the heads that share them. (3) A layer's activations: of each token read at once about four vectors of the
    hidden size (residual, normed, in, out) and four of the widest projection (gate, up, their product, its argument).
    (4) Each such token has a mask over the context, as truth values and as numbers; where attention is computed
    step by step, scores and their softmax for every head. (5) Logits of the last token, three times.
    """
    config = model.config.get_text_config()
    heads = getattr(config, "num_attention_heads", None) or 0  # some models have no attention, so no such cache
    size = getattr(config, "head_dim", None) or (config.hidden_size // heads if heads else 0)
    shared = getattr(config, "num_key_value_heads", None) or heads
    read = min(PREFILL_TOKENS, context_tokens)
    cached = 2 * context_tokens * shared * size
    stepwise = 0 if config._attn_implementation == "sdpa" else 2 * heads
    numbers: int = (
        cached * config.num_hidden_layers  # (1)
        + cached + 2 * context_tokens * heads * size  # (2)
        + read * (4 * config.hidden_size + 4 * _widest(model, config))  # (3)
        + read * context_tokens * (1 + stepwise)  # (4)
        + 3 * config.vocab_size  # (5)
    )  # fmt: skip
    return numbers * _FLOAT + read * context_tokens


def _widest(model: nn.Module, config: Any) -> int:
    """The widest side of a projection within the layers, times the experts that see a token."""
    sides = [
        side
        for parameter in model.parameters()
        if parameter.dim() > 1 and config.vocab_size not in parameter.shape
        for side in parameter.shape[-2:]
    ]
    experts: int = getattr(config, "num_experts_per_tok", None) or 1
    return max(sides, default=config.hidden_size) * experts
