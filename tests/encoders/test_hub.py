"""A tiny encoder with random weights, saved as any transformers model is."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redheart.config.schema import EncoderSection
from redheart.encoders.hub import HubEncoder
from redheart.errors import CheckpointError, ConfigError
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.torch_module import TorchModule
from redheart.types.encoding import SentenceEncoder
from redheart.types.residency import SwapPriority
from redheart.types.weights import HeldWeights

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "lied", "and", "was", "glad", ".")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    place = tmp_path / "tiny"
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=32, **sizes)).save_pretrained(place)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(str(tmp_path / "vocab.txt"), model_max_length=32).save_pretrained(place)
    return place


def built(folder: Path) -> HubEncoder:
    return HubEncoder(EncoderSection(name=str(folder)))


def rewrite(folder: Path, drop: str = "", add: str = "") -> None:
    state = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if name != drop}
    save_file({**state, **({add: torch.zeros(2)} if add else {})}, folder / "model.safetensors")


def test_no_weight_takes_a_byte_before_it_is_loaded(folder: Path) -> None:
    module = built(folder).module
    assert all(parameter.is_meta for parameter in module.parameters())
    assert not any(buffer.is_meta for buffer in module.buffers())


def test_loaded_weights_encode_as_the_saved_model_does(folder: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    encoder = built(folder)
    module = TorchModule(HeldWeights("encoder", SwapPriority.PRIMARY, encoder.module, encoder.stored()), HostTransfer())
    module.allocate(range(len(module.chunk_bytes)))
    module.load(range(len(module.chunk_bytes)))
    encoded = encoder.encode(["I lied.", "I lied and was glad."])
    batch = AutoTokenizer.from_pretrained(folder)(["I lied."], return_tensors="pt")
    with torch.inference_mode():
        expected = AutoModel.from_pretrained(folder).eval()(**batch).last_hidden_state[0]
    assert isinstance(encoder, SentenceEncoder)
    assert encoded.mask.sum(1).tolist() == [5, 8]
    assert torch.allclose(encoded.tokens[0, :5], expected, atol=1e-5)


def test_a_missing_tensor_is_refused_by_its_name(folder: Path) -> None:
    rewrite(folder, drop="embeddings.word_embeddings.weight")
    with pytest.raises(CheckpointError, match=r"missing 'embeddings\.word_embeddings\.weight'; unexpected none"):
        built(folder).load_state()


def test_an_unexpected_tensor_is_refused_by_its_name(folder: Path) -> None:
    rewrite(folder, add="classifier.bias")
    with pytest.raises(CheckpointError, match=r"missing none; unexpected 'classifier\.bias'"):
        built(folder).load_state()


def test_stored_position_numbers_are_constants_not_weights(folder: Path) -> None:
    rewrite(folder, add="embeddings.position_ids")
    assert "embeddings.position_ids" not in built(folder).load_state()


def test_a_folder_without_safetensors_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="Pickled weights are refused"):
        built(folder).load_state()


def test_a_folder_that_is_no_encoder_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no transformers encoder"):
        built(tmp_path)


def test_float32_files_are_told_as_they_are_and_others_as_converted(folder: Path) -> None:
    encoder = built(folder)
    before = encoder.stored()
    assert before.files == (folder / "model.safetensors",)
    whole = encoder.load_state()
    save_file({name: tensor.to(torch.float16) for name, tensor in whole.items()}, folder / "model.safetensors")
    halves = encoder.stored()
    assert halves.files == ()
    assert {name: tensor.dtype for name, tensor in halves.read()} == dict.fromkeys(whole, torch.float32)
    assert halves.identity != before.identity


def test_stored_weights_under_other_names_are_refused_with_the_mend(folder: Path) -> None:
    rewrite(folder, add="pooler.extra")
    with pytest.raises(CheckpointError, match=r"unexpected 'pooler\.extra'.* AutoModel"):
        built(folder).stored().check()
