"""Loading a checkpoint beside its encoder: what must agree, and what counts as verified."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from redheart.assembly import load_model, verify_models
from redheart.config.bundled import bundled_folder
from redheart.config.schema import ModelSection, Settings
from redheart.encoders.bundled import BundledEncoder, file_digest
from redheart.errors import CheckpointError, ConfigError
from redheart.nn.checkpoint import CheckpointConfig, Probe, save_checkpoint
from redheart.nn.model import Architecture, CompactModel

HEADS = ("utility", "counterfactual")
PROBE = ("I lied, and I am sorry.",)


def trained_on(encoder: BundledEncoder, sha256: str, probed: tuple[str, ...] = HEADS) -> None:
    """Put a small untrained checkpoint into the encoder's folder."""
    torch.manual_seed(0)
    sizes = Architecture(encoder_dim=encoder.dim, width=8, attention_heads=2, layers=1, feed_forward=16)
    model = CompactModel(sizes, HEADS)
    for module in model.modules().values():
        module.eval()
    save_checkpoint(model, _config(encoder, sha256, sizes, _outputs(model, encoder, probed)), encoder.folder)


def _outputs(model: CompactModel, encoder: BundledEncoder, heads: tuple[str, ...]) -> dict[str, object]:
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    encoded = encoder.encode(PROBE)
    with torch.inference_mode():
        raw = model.read(model.pool(encoded.tokens, encoded.mask, HEADS), torch.zeros(1, 1, dtype=torch.long), HEADS)
    return {head: tuple(map(tuple, raw[head].tolist())) for head in heads}


def _config(encoder: BundledEncoder, sha256: str, sizes: Architecture, outputs: dict[str, object]) -> CheckpointConfig:
    numbers = {"platt": {}, "base_rates": {}, "conformal": {}, "conformal_coverage": {}, "neutral_utility": {}}
    return CheckpointConfig(
        architecture=sizes.as_dict(), heads=HEADS, encoder=encoder.name, encoder_revision=encoder.revision,
        encoder_sha256=sha256, embedding_mean=(0.0,), probe=Probe(texts=PROBE, outputs=outputs), **numbers,
    )  # fmt: skip


@pytest.fixture
def encoder(tmp_path: Path) -> BundledEncoder:
    folder = tmp_path / "whole"
    folder.mkdir()
    for name in ("encoder.json", "encoder.safetensors", "tokenizer.json"):
        shutil.copy(bundled_folder("models") / "compact" / name, folder)
    return BundledEncoder(folder)


def settings_of(folder: Path, **model: object) -> Settings:
    return Settings(device="cpu", model=ModelSection(path=str(folder), **model))


def test_weights_of_another_encoder_under_the_same_name_are_refused(encoder: BundledEncoder) -> None:
    trained_on(encoder, "ab" * 32)
    with pytest.raises(
        CheckpointError, match=r"encoder weights with SHA-256 'abababababab…', but 'encoder\.safetensors'"
    ):
        load_model(settings_of(encoder.folder))


def test_an_encoder_of_another_name_is_refused_with_a_mend_that_exists(encoder: BundledEncoder) -> None:
    trained_on(encoder, file_digest(encoder.folder / "encoder.safetensors"))
    path = encoder.folder / "encoder.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "another"}))
    with pytest.raises(ConfigError, match=r"not on 'another'.*the training scripts know no other encoder"):
        load_model(settings_of(encoder.folder))


def test_verified_are_the_files_that_were_loaded_and_no_others(encoder: BundledEncoder) -> None:
    trained_on(encoder, file_digest(encoder.folder / "encoder.safetensors"))
    (encoder.folder / "head.counterfactual.safetensors").unlink()  # has no plain licence: left out, never looked at
    verified = verify_models(settings_of(encoder.folder, heads_without_plain_licence=False))
    names = {"backbone.safetensors", "head.utility.safetensors", "encoder.safetensors", "tokenizer.json"}
    assert verified == {name: file_digest(encoder.folder / name) for name in names}


def test_a_head_without_a_probe_is_not_called_verified(encoder: BundledEncoder) -> None:
    trained_on(encoder, file_digest(encoder.folder / "encoder.safetensors"), probed=("utility",))
    with pytest.raises(CheckpointError, match=r"head 'counterfactual' of .* has no recorded probe"):
        verify_models(settings_of(encoder.folder))
