"""Where a causal model's weights lie, and what is read of them."""

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redheart.errors import CheckpointError
from redheart.llm.causal_tensors import BLOCK_BYTES, StoredTensor, read_tensor
from tests.llm.tiny_models import built, gpt2, held, llama, mixtral

WEIGHTS = "model.safetensors"


def rewrite(folder: Path, **changes: torch.Tensor | None) -> None:
    """Other tensors in the file, or fewer where one is None; dots are written as __."""
    state = load_file(folder / WEIGHTS)
    for name, tensor in changes.items():
        state.pop(name.replace("__", "."), None)
        if tensor is not None:
            state[name.replace("__", ".")] = tensor
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})


def loaded(folder: Path) -> dict[str, torch.Tensor]:
    """The weights as they are in memory while they are held."""
    llm = built(folder)
    with held(llm):
        return {name: tensor.clone() for name, tensor in llm.weights()[0].module.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name].float()) for name in one)


def test_float32_files_are_read_directly_chunk_by_chunk(tmp_path: Path) -> None:
    original = llama(tmp_path)
    stored = built(tmp_path).weights()[0].stored
    assert stored.files == (tmp_path / WEIGHTS,) and same(loaded(tmp_path), original.state_dict())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_shorter_numbers_are_converted_tensor_by_tensor(tmp_path: Path, dtype: torch.dtype) -> None:
    original = llama(tmp_path, dtype)
    stored = built(tmp_path).weights()[0].stored
    assert stored.files == () and same(loaded(tmp_path), original.state_dict())
    assert all(tensor.dtype is torch.float32 for _, tensor in stored.read())


def test_tensors_come_in_the_models_order_and_tied_ones_once(tmp_path: Path) -> None:
    llama(tmp_path, torch.float16)
    weights = built(tmp_path).weights()[0]
    parameters = [name for name, _ in weights.module.named_parameters()]
    assert [name for name, _ in weights.stored.read()] == parameters


def test_names_of_the_model_without_its_head_are_found(tmp_path: Path) -> None:
    original = gpt2(tmp_path, torch.float32)
    bare = {name.removeprefix("transformer."): tensor for name, tensor in load_file(tmp_path / WEIGHTS).items()}
    save_file(bare, tmp_path / WEIGHTS, metadata={"format": "pt"})
    stored = built(tmp_path).weights()[0].stored
    assert stored.stored_names["transformer.wte.weight"] == "wte.weight" and stored.files
    assert same(loaded(tmp_path), original.state_dict())


def test_tensors_that_are_made_of_several_stored_ones_come_as_transformers_makes_them(tmp_path: Path) -> None:
    original = mixtral(tmp_path)
    assert built(tmp_path).weights()[0].stored.files == ()
    assert same(loaded(tmp_path), original.state_dict())


def test_shards_are_read_together(tmp_path: Path) -> None:
    original = llama(tmp_path)
    state = load_file(tmp_path / WEIGHTS)
    (tmp_path / WEIGHTS).unlink()
    halves = sorted(state)[::2], sorted(state)[1::2]
    for number, names in enumerate(halves):
        save_file({name: state[name] for name in names}, tmp_path / f"{number}.safetensors")
    index = {"weight_map": {name: f"{number}.safetensors" for number, names in enumerate(halves) for name in names}}
    (tmp_path / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    assert same(loaded(tmp_path), original.state_dict())


def test_tied_weights_that_are_stored_twice_and_differ_are_not_tied(tmp_path: Path) -> None:
    llama(tmp_path)
    other = torch.randn_like(load_file(tmp_path / WEIGHTS)["model.embed_tokens.weight"])
    rewrite(tmp_path, lm_head__weight=other)
    state = loaded(tmp_path)
    assert torch.equal(state["lm_head.weight"], other)
    assert not torch.equal(state["model.embed_tokens.weight"], other)


def test_tied_weights_that_are_stored_twice_alike_take_room_once(tmp_path: Path) -> None:
    llama(tmp_path)
    rewrite(tmp_path, lm_head__weight=load_file(tmp_path / WEIGHTS)["model.embed_tokens.weight"].clone())
    module = built(tmp_path).weights()[0].module
    assert module.get_parameter("lm_head.weight") is module.get_parameter("model.embed_tokens.weight")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"model__norm__weight": None}, "'model.norm.weight' is not stored"),
        ({"model__norm__weight": torch.zeros(3)}, r"stored as \(3,\), and the model's config wants \(32,\)"),
        ({"model__adapter__weight": torch.zeros(3)}, "'model.adapter.weight' have no place in the model"),
    ],
)
def test_weights_that_do_not_fit_the_model_are_refused(
    tmp_path: Path, change: dict[str, torch.Tensor | None], refusal: str
) -> None:
    llama(tmp_path)
    rewrite(tmp_path, **change)
    with pytest.raises(CheckpointError, match=refusal):
        built(tmp_path)


def test_constants_that_old_files_store_are_left_alone(tmp_path: Path) -> None:
    original = llama(tmp_path)
    rewrite(tmp_path, model__layers__0__self_attn__rotary_emb__inv_freq=torch.full((4,), 9.0))
    assert same(loaded(tmp_path), original.state_dict())


def test_a_file_that_changes_after_it_was_looked_at_is_refused(tmp_path: Path) -> None:
    llama(tmp_path, torch.float16)
    stored = built(tmp_path).weights()[0].stored
    stored.check()
    os.utime(tmp_path / WEIGHTS, ns=(1, 1))
    with pytest.raises(CheckpointError, match="was changed while it was in use"):
        stored.check()
    assert built(tmp_path).weights()[0].stored.identity != stored.identity


def test_rows_are_decoded_a_few_at_a_time(tmp_path: Path) -> None:
    values = torch.arange(3 * BLOCK_BYTES // 4, dtype=torch.float32).view(-1, 1024)
    (tmp_path / "raw").write_bytes(values.numpy().tobytes())
    asked: list[int] = []

    def decode(raw: bytearray) -> torch.Tensor:
        asked.append(len(raw))
        return torch.frombuffer(raw, dtype=torch.float32)

    place = StoredTensor(tmp_path / "raw", 0, values.nbytes, tuple(values.shape), "F32", decode)
    assert torch.equal(read_tensor(place, torch.float32), values)
    assert asked == [BLOCK_BYTES] * 3


def test_a_file_that_was_cut_is_refused_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(struct.pack("<3f", 1, 2, 3))
    place = StoredTensor(tmp_path / "raw", 0, 16, (4,), "F32", lambda raw: torch.frombuffer(raw, dtype=torch.float32))
    with pytest.raises(CheckpointError, match="ends too early"):
        read_tensor(place, torch.float32)
