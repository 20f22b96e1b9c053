"""The bundled encoder with branches beside the pre-trained layers."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from redheart.config.bundled import bundled_folder
from redheart.encoders.bundled import BundledEncoder
from redheart.encoders.bundled_facts import Branch
from redheart.errors import CheckpointError
from redheart.training.finetune.store import loaded_encoder, write_branch

TEXTS = ["약속을 어겨서 미안했다.", "I kept the money.", ("He fell.", "The floor was wet.")]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The pre-trained encoder alone."""
    folder = tmp_path / "plain"
    folder.mkdir()
    for name in ("encoder.safetensors", "tokenizer.json"):
        shutil.copy(bundled_folder("models") / "compact" / name, folder / name)
    facts = BundledEncoder(bundled_folder("models") / "compact").facts.model_copy(update={"branches": {}})
    (folder / "encoder.json").write_text(facts.model_dump_json())
    return folder


def upper(folder: Path, layers: slice = slice(None)) -> Mapping[str, torch.Tensor]:
    """The pre-trained layers above the stem, numbered from 0."""
    stack = loaded_encoder(folder).module.embedding
    stack.layers = stack.layers[layers]
    state: Mapping[str, torch.Tensor] = stack.state_dict()
    return state


def branch(layers: int, grows_from: str | None = None, trunk_layers: int = 0) -> Branch:
    return Branch(file="", sha256="", layers=layers, grows_from=grows_from, trunk_layers=trunk_layers)


def test_a_branch_of_the_pre_trained_layers_reads_what_they_read_but_for_8_bits(plain: Path) -> None:
    before = loaded_encoder(plain).encode(TEXTS)
    write_branch(plain, "reading", upper(plain), branch(6))
    after = loaded_encoder(plain).encode(TEXTS)
    likeness = torch.nn.functional.cosine_similarity(after.tokens, before.tokens, dim=-1)[before.mask]
    assert float(likeness.min()) > 0.999
    assert torch.allclose(after.pooled, before.pooled, atol=1e-6)


def test_an_extension_grows_from_the_lower_layers_of_the_branch_it_names(plain: Path) -> None:
    write_branch(plain, "reading", upper(plain), branch(6))
    write_branch(plain, "own", upper(plain, slice(3, 6)), branch(3, "reading", 3))
    encoded = loaded_encoder(plain).encode(TEXTS)
    reading, own = encoded.tokens.chunk(2, dim=-1)
    assert encoded.tokens.shape[-1] == 2 * 384 and torch.allclose(reading, own, atol=1e-5)


def test_a_branch_that_is_left_out_needs_no_file(plain: Path) -> None:
    write_branch(plain, "reading", upper(plain), branch(6))
    write_branch(plain, "own", upper(plain, slice(3, 6)), branch(3, "reading", 3))
    (plain / "encoder.own.safetensors").unlink()
    assert loaded_encoder(plain, without=frozenset({"own"})).encode(TEXTS).tokens.shape[-1] == 384
    with pytest.raises(CheckpointError, match=r"encoder\.own\.safetensors"):
        loaded_encoder(plain)


def test_a_damaged_branch_is_refused_by_its_hash(plain: Path) -> None:
    write_branch(plain, "reading", upper(plain), branch(6))
    content = bytearray((plain / "encoder.reading.safetensors").read_bytes())
    content[-1] ^= 1
    (plain / "encoder.reading.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="SHA-256"):
        loaded_encoder(plain)


def test_two_texts_that_are_read_together_are_more_than_either_and_their_order_counts(plain: Path) -> None:
    encoder = loaded_encoder(plain)
    together, turned = encoder.encode([("He fell.", "The floor was wet."), ("The floor was wet.", "He fell.")]).pooled
    alone = encoder.encode(["He fell."]).pooled[0]
    assert not torch.allclose(together, alone, atol=1e-3) and not torch.allclose(together, turned, atol=1e-3)


def test_sentence_vectors_are_spared_where_nobody_asks_for_them(plain: Path) -> None:
    write_branch(plain, "reading", upper(plain), branch(6))
    encoder = loaded_encoder(plain)
    asked, spared = encoder.encode(TEXTS), encoder.encode(TEXTS, embed=False)
    assert spared.pooled.shape == (3, 0) and torch.equal(asked.tokens, spared.tokens)
