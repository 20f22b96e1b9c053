"""Small seeded causal models, saved as transformers saves them, and what holds their weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from redheart.config.schema import LLMSection
from redheart.llm.local import LocalLLM
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.torch_module import TorchModule

WINDOW = 96


def save_tokenizer(folder: Path) -> int:
    """A tokenizer of bytes; the id of its end token, which is also its size less one."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: i for i, piece in enumerate([*alphabet, "<end>"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    return vocabulary["<end>"]


def gpt2(folder: Path, dtype: torch.dtype = torch.float16) -> Any:
    """Two layers, tied embeddings; the saved model."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    end = save_tokenizer(folder)
    config = GPT2Config(
        vocab_size=end + 1, n_positions=WINDOW, n_embd=16, n_layer=2, n_head=2, bos_token_id=end, eos_token_id=end
    )
    model = GPT2LMHeadModel(config).to(dtype)
    model.save_pretrained(folder)
    return model


def llama(folder: Path, dtype: torch.dtype = torch.float32, tied: bool = True, **sizes: int) -> Any:
    """Two layers with rotary positions and shared key heads; the saved model."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    end = save_tokenizer(folder)
    defaults = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "max_position_embeddings": WINDOW}
    config = LlamaConfig(
        vocab_size=end + 1,
        num_attention_heads=4,
        num_key_value_heads=2,
        bos_token_id=end,
        eos_token_id=end,
        tie_word_embeddings=tied,
        **(defaults | sizes),
    )
    model = LlamaForCausalLM(config).to(dtype)
    model.save_pretrained(folder)
    return model


def mixtral(folder: Path) -> Any:
    """One layer of two experts, which its files keep apart and the model holds as one tensor."""
    from transformers import MixtralConfig, MixtralForCausalLM

    torch.manual_seed(0)
    end = save_tokenizer(folder)
    config = MixtralConfig(
        vocab_size=end + 1,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_local_experts=2,
        max_position_embeddings=WINDOW,
        eos_token_id=end,
        bos_token_id=end,
    )
    model = MixtralForCausalLM(config)
    model.save_pretrained(folder)
    return model


def built(folder: Path, context_tokens: int = 2048) -> LocalLLM:
    """The LLM of a folder or a file, on the CPU."""
    return LocalLLM(LLMSection(backend="local", model=str(folder), context_tokens=context_tokens), "cpu")


def module_of(llm: LocalLLM) -> TorchModule:
    """What the memory manager makes of its weights."""
    (held,) = llm.weights()
    return TorchModule(held, HostTransfer())


@contextmanager
def held(llm: LocalLLM) -> Iterator[TorchModule]:
    """Inside, its weights are in memory. Leaving them asserts that nobody looks at that memory any more."""
    module = module_of(llm)
    chunks = range(len(module.chunk_bytes))
    module.allocate(chunks)
    module.load(chunks)
    try:
        yield module
    finally:
        module.unload(chunks)
