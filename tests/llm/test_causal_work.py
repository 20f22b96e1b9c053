"""What writing takes beside the weights."""

from pathlib import Path
from typing import Any

import pytest
import torch

from redheart.llm import causal_work, local
from redheart.llm.causal_work import work_bytes
from redheart.types.llm import GenerateRequest
from tests.live_tensors import LiveTensors
from tests.llm.tiny_models import built, gpt2, held, llama

MAX_TOKENS = 8


def deep(folder: Path) -> Any:
    """A llama whose cache outweighs its activations."""
    return llama(folder, num_hidden_layers=6, max_position_embeddings=2048)


def wide(folder: Path) -> Any:
    """A llama whose activations outweigh its cache."""
    return llama(folder, intermediate_size=512, max_position_embeddings=2048)


@pytest.mark.parametrize("model", [deep, wide])
@pytest.mark.parametrize("together", [128, 512])
async def test_what_is_set_aside_is_enough_for_the_longest_prompt_and_not_much_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Any, together: int
) -> None:
    for module in (causal_work, local):
        monkeypatch.setattr(module, "PREFILL_TOKENS", 128)
    model(tmp_path)
    llm = built(tmp_path, context_tokens=together)
    request = GenerateRequest(system="s", prompt="x" * (together - MAX_TOKENS - 5), max_tokens=MAX_TOKENS)
    with held(llm), LiveTensors() as tensors:
        # In this thread: torch sees who counts only here.
        reply = llm._writer.write(request)
    assert reply.tokens > 0
    assert 0.4 < tensors.peak / llm.weights()[0].work_bytes <= 1


def test_attention_that_is_computed_step_by_step_needs_its_scores(tmp_path: Path) -> None:
    gpt2(tmp_path)
    model = built(tmp_path).weights()[0].module
    fused = work_bytes(model, 64)
    model.config._attn_implementation = "eager"  # type: ignore[union-attr]
    assert work_bytes(model, 64) - fused == 2 * 2 * 64 * 64 * torch.float32.itemsize
