import json
import shutil
from pathlib import Path

import pytest
import torch

from redheart.config.bundled import bundled_folder
from redheart.encoders.bundled import BundledEncoder
from redheart.errors import CheckpointError, InputError
from redheart.types.encoding import SentenceEncoder

KOREAN = "밤새 잠을 이루지 못하고 친구에게 한 말을 후회했다."


@pytest.fixture(scope="module")
def encoder() -> BundledEncoder:
    built = BundledEncoder(bundled_folder("models") / "compact")
    built.module.load_state_dict(built.load_state(), strict=True, assign=True)
    return built


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "compact"
    shutil.copytree(bundled_folder("models") / "compact", folder)
    return folder


def cosine(encoder: BundledEncoder, one: str, other: str) -> float:
    pooled = encoder.encode([one, other]).pooled
    return torch.nn.functional.cosine_similarity(pooled[0], pooled[1], dim=0).item()


def test_it_keeps_the_encoder_protocol(encoder: BundledEncoder) -> None:
    assert isinstance(encoder, SentenceEncoder)


def test_shapes_follow_the_longest_sentence_not_a_fixed_length(encoder: BundledEncoder) -> None:
    encoded = encoder.encode(["Hello.", KOREAN])
    assert encoded.tokens.shape == (*encoded.mask.shape, encoder.dim)
    assert encoded.mask.shape[1] < 40
    assert encoded.mask.sum(1).tolist() == sorted(encoded.mask.sum(1).tolist())


def test_a_translation_is_nearer_than_another_topic(encoder: BundledEncoder) -> None:
    near = cosine(encoder, "나는 어제 거짓말을 해서 미안하다.", "I am sorry that I lied yesterday.")
    far = cosine(encoder, "나는 어제 거짓말을 해서 미안하다.", "The train to the coast leaves at noon.")
    assert near > far + 0.03


def test_batch_mates_change_a_sentence_by_rounding_only(encoder: BundledEncoder) -> None:
    alone = encoder.encode(["짧다."]).pooled[0]
    among = encoder.encode(["짧다.", KOREAN * 4]).pooled[0]
    assert torch.allclose(alone, among, rtol=1e-5, atol=1e-5)


def test_a_rare_word_falls_back_to_smaller_pieces_never_to_silence(encoder: BundledEncoder) -> None:
    assert encoder.unknown_share("휘뚜루마뚜루 갸웃갸웃 flibbertigibbet") == 0
    known, rare = encoder.encode(["갸웃갸웃 웃었다.", "웃었다."]).pooled
    assert not torch.allclose(known, rare)


def test_a_sentence_beyond_the_window_is_cut_and_named(encoder: BundledEncoder) -> None:
    encoded = encoder.encode(["단어 " * 900, "짧다."])
    assert encoded.truncated == (0,)
    assert encoded.mask.shape[1] == encoder.window


def test_an_empty_sentence_is_refused(encoder: BundledEncoder) -> None:
    with pytest.raises(InputError, match="empty sentence"):
        encoder.encode(["good", "  "])


def test_damaged_weights_are_refused_by_their_hash(copied: Path) -> None:
    path = copied / "encoder.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="SHA-256"):
        BundledEncoder(copied).load_state()


def test_another_tokenizer_is_refused_by_its_hash(copied: Path) -> None:
    path = copied / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json': SHA-256 is"):
        BundledEncoder(copied)


def test_a_config_without_the_tokenizers_hash_is_refused(copied: Path) -> None:
    path = copied / "encoder.json"
    kept = {key: value for key, value in json.loads(path.read_text()).items() if key != "tokenizer_sha256"}
    path.write_text(json.dumps(kept))
    with pytest.raises(CheckpointError, match="has no 'tokenizer_sha256'"):
        BundledEncoder(copied)


@pytest.mark.parametrize("missing", ["encoder.json", "encoder.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(copied: Path, missing: str) -> None:
    (copied / missing).unlink()
    with pytest.raises(CheckpointError, match=missing):
        BundledEncoder(copied).load_state()


def test_stored_weights_are_the_loaded_ones_in_the_module_s_order(encoder: BundledEncoder) -> None:
    stored = encoder.stored()
    state = encoder.module.state_dict()
    read = [(name, torch.equal(tensor, state[name])) for name, tensor in stored.read()]
    assert read == [(name, True) for name in state]
    assert stored.files == ()


def test_stored_weights_are_held_to_their_digest_when_checked_and_not_before(copied: Path) -> None:
    stored = BundledEncoder(copied).stored()
    with (copied / "encoder.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x5a")
    with pytest.raises(CheckpointError, match="SHA-256 is"):
        stored.check()
