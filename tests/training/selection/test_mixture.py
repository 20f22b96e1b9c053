"""Weights mixed tensor by tensor."""

from contextlib import ExitStack

import pytest
import torch
from safetensors.torch import save_file

from redheart.training.selection.checkpoints import safetensors_opened
from redheart.training.selection.mixture import Mixture, module_of
from tests.training.selection.scripted import EMOTION, network


@pytest.fixture
def opened(tmp_path):
    def put(*networks):
        files = {}
        for epoch, weights in enumerate(networks, 1):
            save_file(weights, tmp_path / f"{epoch}.safetensors")
            files[epoch] = stack.enter_context(safetensors_opened(tmp_path / f"{epoch}.safetensors"))
        return files

    with ExitStack() as stack:
        yield put


def test_each_module_comes_from_its_own_epochs_in_their_shares(opened):
    files = opened(network(1.0, 10.0), network(5.0, 20.0))
    mixed = Mixture(files, {"backbone": {1: 0.75, 2: 0.25}, EMOTION: {2: 1.0}})
    assert torch.equal(mixed["backbone.weight"], torch.full((3, 2), 2.0))
    assert torch.equal(mixed["head.emotion.bias"], torch.full((4,), 20.0))


def test_integer_tensors_come_from_the_epoch_that_counts_most(opened):
    files = opened(network(1.0, 1.0, steps=3), network(2.0, 2.0, steps=8))
    mixed = Mixture(files, {"backbone": {1: 1.0}, EMOTION: {2: 0.6, 1: 0.4}})
    assert mixed["head.emotion.steps"].item() == 8


def test_what_no_epoch_changed_stays_to_the_last_bit(opened):
    same = network(0.1, 1 / 3)
    mixed = Mixture(opened(same, same, same), dict.fromkeys(("backbone", EMOTION), dict.fromkeys((1, 2, 3), 1 / 3)))
    assert all(torch.equal(mixed[name], value) for name, value in same.items())


def test_bfloat16_is_averaged_in_float32_and_stays_bfloat16(opened):
    files = opened(*({"backbone.weight": torch.tensor([x], dtype=torch.bfloat16)} for x in (256.0, 257.0, 260.0)))
    mixed = Mixture(files, {"backbone": dict.fromkeys((1, 2, 3), 1 / 3)})["backbone.weight"]
    expected = torch.stack([files[epoch].tensor("backbone.weight").float() for epoch in files]).mean(0)
    assert mixed.dtype == torch.bfloat16
    assert torch.equal(mixed, expected.bfloat16())


def test_a_mixture_is_a_mapping_of_the_whole_network(opened):
    mixed = Mixture(opened(network(1.0, 1.0)), {"backbone": {1: 1.0}, EMOTION: {1: 1.0}})
    assert sorted(dict(mixed)) == sorted(network(1.0, 1.0))
    assert "backbone.foreign" not in mixed


def test_a_tensor_belongs_to_the_longest_part_that_names_it_else_to_the_backbone():
    modules = {"backbone": 0, "head.emotion": 0, "head.emotion.deep": 0}
    assert module_of("head.emotion.deep.bias", modules) == "head.emotion.deep"
    assert module_of("head.emotions.bias", modules) == "backbone"
