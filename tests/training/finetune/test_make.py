"""The shipped model made from start to end, in a few steps from a few rows."""


import numpy as np
import pytest
from small_sets import write_sets

from redheart.config.bundled import bundled_folder
from redheart.config.environment import DATA_FOLDERS
from redheart.nn.checkpoint import read_config
from redheart.training import data
from redheart.training.finetune.recipe import CompactRecipe, Share, load_recipe
from redheart.training.finetune.run import Making, Stopped, make, make_outside
from redheart.training.loaded import loaded_reads


def short_recipe() -> CompactRecipe:
    """The bundled one in a step or two of two rows."""
    recipe = load_recipe()
    stages = {}
    for name in ("reading", "own", "outside"):
        stage = getattr(recipe, name)
        shares = {task: Share(share=share.share, rows=2) for task, share in stage.tasks.items()}
        stages[name] = stage.model_copy(update={"steps": 2, "decay_steps": 1, "tasks": shares})
    return recipe.model_copy(update=stages)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Making:
    """Stopped after its first step, then finished by a second call."""
    folder = tmp_path_factory.mktemp("made")
    told: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_FOLDERS, str(write_sets(folder / "data")))
        data.read_rows.cache_clear()
        start = bundled_folder("models") / "compact"
        making = Making(
            short_recipe(), start, folder / "cache", folder / "out", lambda *at: told.append(at[1]), lambda: told == [1]
        )
        with pytest.raises(Stopped):
            make(making)
        make(making)
        data.read_rows.cache_clear()
    assert told[:2] == [1, 2]
    return making


def test_the_checkpoint_reproduces_its_probe(made: Making) -> None:
    config, reads = read_config(made.checkpoint), loaded_reads(made.checkpoint)
    raw = reads.raw([[text] for text in config.probe.texts], config.heads)
    assert set(config.heads) == set(reads.model.heads) == set(config.probe.outputs)
    for head, expected in config.probe.outputs.items():
        assert np.abs(raw[head] - np.array(expected)).max() < 1e-4, head


def test_the_pre_trained_encoder_is_carried_over_as_it_is(made: Making) -> None:
    name = "encoder.safetensors"
    assert (made.checkpoint / name).read_bytes() == (made.start / name).read_bytes()


def test_every_head_has_its_calibration(made: Making) -> None:
    config = read_config(made.checkpoint)
    assert set(config.platt) == set(config.heads) - {"dimensions"}
    assert config.appraisal_errors is not None and set(config.conformal) == {"valence", "arousal", "dominance"}


def test_what_may_not_be_given_away_learns_into_a_folder_of_its_own(
    made: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_FOLDERS, str(made.out.parent / "data"))
    data.read_rows.cache_clear()
    reads = loaded_reads(made.checkpoint)
    folder = make_outside(made, reads.model)
    kept, apart = set(read_config(made.checkpoint).heads), set(read_config(folder).heads)
    assert (kept - apart, apart - kept) == ({"appraisal", "counterfactual"}, {"amcd", "dilemma"})
    data.read_rows.cache_clear()
