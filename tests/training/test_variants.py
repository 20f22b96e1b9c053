"""Variants of a finished run take their weights from its states."""

from pathlib import Path

import pytest
import torch

from redheart.errors import CheckpointError
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.network.tensor_file import save_whole
from redheart.training.model_reads import ModelReads
from redheart.training.variants import state_of, without_words


def test_the_tensors_under_a_prefix_are_found_without_it(tmp_path: Path) -> None:
    (tmp_path / "reading").mkdir()
    tensors = {"average/branch.w": torch.ones(2), "network/branch.w": torch.zeros(2), "average/trunk.w": torch.zeros(2)}
    save_whole(tmp_path / "reading" / "state.safetensors", tensors, {})
    assert {name: each.tolist() for name, each in state_of(tmp_path, "reading", "average/branch.").items()} == {
        "w": [1.0, 1.0]
    }


def test_a_run_without_states_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="the weights as learned lie there"):
        state_of(tmp_path, "reading", "average/")


def test_words_are_taken_from_every_head() -> None:
    model = CompactModel(Architecture(), ["emotion", "utility"], wide={"emotion": 3})
    without_words(ModelReads(None, model))  # type: ignore[arg-type]
    assert model.wide() == {}
