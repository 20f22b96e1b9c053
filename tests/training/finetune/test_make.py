"""The shipped model made from start to end, in a few steps from a few rows."""

from pathlib import Path

import numpy as np
import pytest
from small_sets import write_sets

from redheart.config.bundled import bundled_folder
from redheart.config.environment import DATA_FOLDERS
from redheart.nn.checkpoint import CheckpointConfig, read_config
from redheart.training import data
from redheart.training.finetune.recipe import CompactRecipe, Share, Wide, load_recipe
from redheart.training.finetune.run import Making, Stopped, make, make_outside
from redheart.training.loaded import loaded_reads
from redheart.training.model_reads import ModelReads


def short_recipe() -> CompactRecipe:
    """The bundled one in a step or two of two rows."""
    recipe = load_recipe()
    stages = {}
    for name in ("reading", "own", "outside"):
        stage = getattr(recipe, name)
        shares = {task: Share(share=share.share, rows=2) for task, share in stage.tasks.items()}
        stages[name] = stage.model_copy(update={"steps": 2, "decay_steps": 1, "tasks": shares})
    return recipe.model_copy(update={**stages, "wide": Wide()})  # six rows teach no words


def made_in(folder: Path) -> Making:
    """Stopped after its first step, then finished by a second call."""
    told: list[int] = []
    making = Making(
        short_recipe(),
        bundled_folder("models") / "compact",
        folder / "cache",
        folder / "out",
        lambda *at: told.append(at[1]),
        lambda: told == [1],
    )
    with pytest.raises(Stopped):
        make(making)
    make(making)
    assert told[:2] == [1, 2]
    return making


# One test of several claims: making the model is what takes the time.
def test_a_model_is_made_whole_and_what_may_not_be_given_away_lies_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv(DATA_FOLDERS, str(write_sets(tmp_path / "data")))
    data.read_rows.cache_clear()
    request.addfinalizer(data.read_rows.cache_clear)
    making = made_in(tmp_path)
    reads = loaded_reads(making.checkpoint)
    it_reproduces_its_probe(read_config(making.checkpoint), reads)
    it_carries_the_pre_trained_encoder_over(making)
    every_head_has_its_calibration(read_config(making.checkpoint))
    kept, apart = set(reads.model.heads), set(read_config(make_outside(making, reads.model)).heads)
    assert (kept - apart, apart - kept) == ({"appraisal", "counterfactual"}, {"amcd", "dilemma"})


def it_reproduces_its_probe(config: CheckpointConfig, reads: ModelReads) -> None:
    raw = reads.raw([[text] for text in config.probe.texts], config.heads)
    assert set(config.heads) == set(reads.model.heads) == set(config.probe.outputs)
    for head, expected in config.probe.outputs.items():
        assert np.abs(raw[head] - np.array(expected)).max() < 1e-4, head


def it_carries_the_pre_trained_encoder_over(making: Making) -> None:
    name = "encoder.safetensors"
    assert (making.checkpoint / name).read_bytes() == (making.start / name).read_bytes()


def every_head_has_its_calibration(config: CheckpointConfig) -> None:
    assert set(config.platt) == set(config.heads) - {"dimensions"}
    assert config.appraisal_errors is not None and set(config.conformal) == {"valence", "arousal", "dominance"}
