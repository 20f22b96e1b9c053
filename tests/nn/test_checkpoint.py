import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from redheart.errors import CheckpointError
from redheart.nn.checkpoint import (
    CONFIG_FILE,
    CheckpointConfig,
    Probe,
    build_model,
    check_probe,
    read_config,
    save_checkpoint,
    state_reader,
    stored,
    write_config,
)
from redheart.nn.model import Architecture, CompactModel

SMALL = Architecture(encoder_dim=16, width=8, attention_heads=2, layers=1, feed_forward=16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = CompactModel(SMALL, ("utility", "counterfactual"))
    config = CheckpointConfig(
        architecture=SMALL.as_dict(),
        heads=("utility", "counterfactual"),
        encoder="tiny",
        encoder_revision="1",
        encoder_sha256="0",
        platt={"utility": (1.0, 0.0)},
        base_rates={},
        conformal={},
        conformal_coverage={},
        neutral_utility={"en": (0.0,)},
        embedding_mean=(0.0,),
        probe=Probe(texts=("x",), outputs={"utility": ((0.5,),)}),
    )
    save_checkpoint(model, config, tmp_path)
    return tmp_path


def test_saved_weights_come_back_bit_for_bit(folder: Path) -> None:
    torch.manual_seed(0)
    original = CompactModel(SMALL, ("utility", "counterfactual")).modules()
    config = read_config(folder)
    for name, module in original.items():
        state = state_reader(folder, config, name)()
        assert all(torch.equal(state[key], value) for key, value in module.state_dict().items())


def test_a_wide_part_lies_in_the_file_of_its_head_and_comes_back(folder: Path) -> None:
    config = read_config(folder).model_copy(update={"wide": {"utility": 3}})
    model = build_model(config)
    table = model.wide()["utility"]
    table.keys.copy_(torch.tensor([-5, 0, 7]))
    save_checkpoint(model, config, folder)
    read = build_model(read_config(folder), without=frozenset({"counterfactual"}))
    read.head("utility").load_state_dict(state_reader(folder, read_config(folder), "head.utility")())
    assert read.wide()["utility"].keys.tolist() == [-5, 0, 7]


def test_a_head_that_is_left_out_takes_its_wide_part_along(folder: Path) -> None:
    config = read_config(folder).model_copy(update={"wide": {"counterfactual": 3}})
    assert build_model(config, without=frozenset({"counterfactual"})).wide() == {}


def test_a_head_without_a_plain_licence_lies_in_a_file_of_its_own_and_can_be_left_out(folder: Path) -> None:
    model = build_model(read_config(folder), without=frozenset({"counterfactual"}))
    assert "head.counterfactual" not in model.modules()
    assert (folder / "head.counterfactual.safetensors").exists()


def test_a_changed_config_is_refused(folder: Path) -> None:
    path = folder / "model.json"
    fields = json.loads(path.read_text())
    fields["platt"]["utility"] = [2.0, 0.0]
    path.write_text(json.dumps(fields))
    with pytest.raises(CheckpointError, match="changed after it was written"):
        read_config(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model_state": {}}', '{"format": "other"}'])
def test_a_foreign_config_is_refused(folder: Path, content: str) -> None:
    (folder / "model.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"model\.json"):
        read_config(folder)


def test_a_folder_without_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_config(tmp_path / "nowhere")


def test_another_models_weights_under_our_name_are_refused(folder: Path) -> None:
    save_file({"w": torch.zeros(2)}, folder / "head.utility.safetensors")
    with pytest.raises(CheckpointError, match="SHA-256"):
        state_reader(folder, read_config(folder), "head.utility")()


def test_a_missing_weights_file_is_named(folder: Path) -> None:
    (folder / "backbone.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"backbone\.safetensors.*missing"):
        state_reader(folder, read_config(folder), "backbone")()


@pytest.mark.parametrize("value", [0.502, float("nan")])
def test_a_probe_that_does_not_reproduce_is_refused(value: float) -> None:
    with pytest.raises(CheckpointError, match="'utility' does not reproduce"):
        check_probe({"utility": ((0.5,),)}, {"utility": np.array([[value]])})


def test_a_probe_within_tolerance_passes() -> None:
    check_probe({"utility": ((0.5,),)}, {"utility": np.array([[0.5004]])})


def test_stored_weights_are_the_file_as_it_is_used(folder: Path) -> None:
    config = read_config(folder)
    told = stored(folder, config, "backbone")
    told.check()
    assert told.files == (folder / "backbone.safetensors",)
    assert told.identity == config.files["backbone.safetensors"]
    whole = state_reader(folder, config, "backbone")()
    assert {name: tensor.tolist() for name, tensor in told.read()} == {name: t.tolist() for name, t in whole.items()}


def test_stored_file_of_other_content_is_refused_when_checked(folder: Path) -> None:
    told = stored(folder, read_config(folder), "backbone")
    save_file({"other": torch.zeros(2)}, folder / "backbone.safetensors")
    with pytest.raises(CheckpointError, match="SHA-256 is"):
        told.check()


def test_module_that_the_checkpoint_does_not_hold_is_refused_at_once(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no 'head\.dimensions'\. It has: backbone"):
        stored(folder, read_config(folder), "head.dimensions")


def test_a_section_added_later_enters_the_hash_and_a_config_without_it_keeps_its_own(folder: Path) -> None:
    bare = read_config(folder)
    assert bare.appraisal_errors is None
    write_config(bare.model_copy(update={"appraisal_errors": {"intensity": 0.25}}), folder)
    told = read_config(folder)
    assert told.appraisal_errors == {"intensity": 0.25} and told.config_sha256 != bare.config_sha256
    assert told.files == bare.files
    text = (folder / CONFIG_FILE).read_text(encoding="utf-8")
    (folder / CONFIG_FILE).write_text(text.replace("0.25", "0.05"), encoding="utf-8")
    with pytest.raises(CheckpointError, match="was changed after it was written"):
        read_config(folder)


def test_a_section_that_a_checkpoint_lacks_does_not_change_its_hash(folder: Path) -> None:
    """A config written before a section was known must still be read."""
    plain = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    (folder / CONFIG_FILE).write_text(json.dumps({k: v for k, v in plain.items() if v is not None}), encoding="utf-8")
    assert read_config(folder).config_sha256 == plain["config_sha256"]
