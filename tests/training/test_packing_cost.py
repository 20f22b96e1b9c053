"""What 8 bits cost is told figure by figure."""

from pathlib import Path

import pytest
import torch

from redheart.errors import CheckpointError
from redheart.nn.network.tensor_file import save_whole
from redheart.training.dev_figures import DevFigures
from redheart.training.evaluation.result import SplitResult
from redheart.training.packing_cost import learned_branch, moved


def figures(**metrics: float | None) -> DevFigures:
    result = SplitResult(
        split="dev", n=10, metrics=metrics, baseline={}, ci95={}, rows_per_second=1.0, file="kote", languages=("ko",),
        fitted=None, notes=(), parts={},
    )  # fmt: skip
    return DevFigures(checkpoint_sha256="", results={"kote/kote": result})


def test_each_figure_is_held_against_the_one_of_the_weights_as_learned() -> None:
    packed, learned = figures(macro_f1=0.449, ece=0.02, accuracy=None), figures(macro_f1=0.45, ece=0.01, accuracy=None)
    assert moved(packed, learned) == {"kote/kote/macro_f1": pytest.approx(-0.001)}


def test_the_weights_as_learned_are_the_averaged_ones_of_the_branch(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    tensors = {"average/branch.w": torch.ones(2), "network/branch.w": torch.zeros(2), "average/trunk.w": torch.zeros(2)}
    save_whole(path, tensors, {})
    assert {name: value.tolist() for name, value in learned_branch(path).items()} == {"w": [1.0, 1.0]}


def test_a_run_without_states_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="the weights as learned lie there"):
        learned_branch(tmp_path / "state.safetensors")
