"""Crossovers tried, refused, accepted, written."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import CheckpointError
from redheart.training.selection.checkpoints import Origin
from redheart.training.selection.crossover import Epochs, cross_over
from redheart.training.selection.judge import Judgement
from redheart.training.selection.recipes import greedy_soup
from redheart.training.selection.sweet_spot import find_sweet_spots
from tests.training.selection.scripted import (
    EMOTION,
    ScriptedJudge,
    ScriptedStore,
    mixable,
    network,
    run_of,
    weights_of,
)

#: Total best at 2, the part best at 3: by the figures the crossover takes the backbone of 2, the head of 3.
FIGURES = run_of([0.9, 0.4, 0.6], emotion=[0.9, 0.6, 0.3], macro_f1=[0.1, 0.2, 0.9])


@pytest.fixture
def out(tmp_path):
    return tmp_path / "crossover_final.safetensors"


def candidate(found, strategy):
    return next(one for one in found.candidates if one.strategy == strategy)


def test_a_crossover_that_beats_the_best_epoch_on_holdout_is_accepted_and_written(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(0, 4), network(4, 0)])
    store = ScriptedStore()
    found = cross_over(epochs, ScriptedJudge(best=0.0), store, out)
    assert found.accepted and found.strategy == "selective"
    assert torch.equal(weights_of(out)["backbone.weight"], torch.zeros(3, 2))
    assert torch.equal(weights_of(out)["head.emotion.bias"], torch.zeros(4))
    assert store.facts.sources == {"backbone": (2,), EMOTION: (3,)} and store.facts.epoch is None


def test_a_crossover_that_is_worse_on_holdout_is_refused_and_the_best_epoch_written(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(0, 4), network(4, 0)])
    store = ScriptedStore()
    found = cross_over(epochs, ScriptedJudge(best=0.0, holdout_best=2.5), store, out)
    assert not found.accepted and "no better than the best single epoch on holdout" in found.reason
    assert torch.equal(weights_of(out)["head.emotion.bias"], torch.full((4,), 4.0))
    assert (store.facts.strategy, store.facts.epoch, store.facts.accepted) == ("epoch", 2, False)
    assert store.facts.reason == found.reason


def test_a_gain_within_the_noise_is_refused(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(0.0, 1.0), network(1.0, 0.99)])
    found = cross_over(epochs, ScriptedJudge(best=0.0, noise=30.0), ScriptedStore(), out)
    assert found.holdout.difference < 0 < found.holdout.upper
    assert not found.accepted and "within the noise" in found.reason


def test_a_crossover_that_loses_on_validation_is_refused(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(1, 1), network(7, 7)])
    found = cross_over(epochs, ScriptedJudge(best=1.0), ScriptedStore(), out)
    assert not found.accepted and "no strategy has a lower validation loss" in found.reason


def test_holdout_has_no_say_in_which_strategy_is_its_finalist(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(0, 4), network(4, 0)])
    judge = ScriptedJudge(best=0.0, holdout_best=9.0)
    found = cross_over(epochs, judge, ScriptedStore(), out)
    assert found.finalist == "selective"
    assert judge.asked[-2:] == ["holdout", "holdout"] and judge.asked.count("holdout") == 2


def test_soup_averages_epochs_around_the_optimum(tmp_path, out):
    epochs = mixable(tmp_path, run_of([0.5, 0.4, 0.6]), [network(2, 2), network(-1, -1), network(-9, -9)])
    found = cross_over(epochs, ScriptedJudge(best=0.0), ScriptedStore(), out)
    soup = candidate(found, "interpolated")
    assert soup.recipe["backbone"] == {2: 0.5, 1: 0.5}
    assert [(step.epoch, step.joined) for step in soup.soup] == [(1, True), (3, False)]


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(-3, 3))
def test_greedy_soup_is_never_worse_on_validation_than_its_first_epoch(weights, best):
    def loss_of(members):
        return float((np.mean([weights[i] for i in members]) - best) ** 2)

    members, _ = greedy_soup(range(len(weights)), loss_of((0,)), loss_of)
    assert members[0] == 0
    assert loss_of(members) <= loss_of((0,))


def test_weighted_takes_two_epochs_to_either_side_by_distance(tmp_path, out):
    figures = run_of([0.9, 0.8, 0.7, 0.1, 0.7, 0.8, 0.9])
    found = cross_over(
        mixable(tmp_path, figures, [network(i, i) for i in range(7)]), ScriptedJudge(3), ScriptedStore(), out
    )
    weights = np.array([1, 1 / 2, 1 / 2, 1 / 3, 1 / 3])
    shares = candidate(found, "weighted").recipe["backbone"]
    assert list(shares) == [4, 3, 5, 2, 6]
    assert list(shares.values()) == pytest.approx(list(weights / weights.sum()))


def test_one_epoch_is_written_as_it_is_and_holdout_is_not_asked(tmp_path, out):
    judge = ScriptedJudge(0.0)
    found = cross_over(mixable(tmp_path, run_of([0.5]), [network(1, 2)]), judge, ScriptedStore(), out)
    assert not found.accepted and found.finalist is None and judge.asked == ["validation"]
    assert torch.equal(weights_of(out)["head.emotion.bias"], torch.full((4,), 2.0))


def test_files_of_different_runs_are_refused_by_name(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(1, 1)] * 3)
    stranger = ScriptedStore({epochs.files[2]: Origin(preset="tiny", run="b")})
    with pytest.raises(CheckpointError, match=r"epoch_0002.safetensors' is of run 'b'.*of run 'a'"):
        cross_over(epochs, ScriptedJudge(0.0), stranger, out)
    assert not out.exists()


def test_files_of_different_presets_or_with_other_tensors_are_refused(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(1, 1)] * 3)
    stranger = ScriptedStore({epochs.files[3]: Origin(preset="base", run="a")})
    with pytest.raises(CheckpointError, match="preset 'base'"):
        cross_over(epochs, ScriptedJudge(0.0), stranger, out)
    other = mixable(tmp_path, FIGURES, [network(1, 1), network(1, 1), {"backbone.weight": torch.zeros(3, 2)}])
    with pytest.raises(CheckpointError, match=r"missing 'head.emotion.bias'"):
        cross_over(other, ScriptedJudge(0.0), ScriptedStore(), out)


def test_a_tensor_of_another_shape_is_refused(tmp_path, out):
    wide = network(1, 1) | {"backbone.weight": torch.zeros(4, 2)}
    epochs = mixable(tmp_path, FIGURES, [network(1, 1), network(1, 1), wide])
    with pytest.raises(CheckpointError, match=r"'backbone\.weight' of another shape"):
        cross_over(epochs, ScriptedJudge(0.0), ScriptedStore(), out)


def test_a_mixture_whose_loss_is_no_number_is_passed_over_and_said(tmp_path, out):
    class Diverging(ScriptedJudge):
        def on(self, split, weights):
            found = super().on(split, weights)
            single = len({float(value.mean()) for value in weights.values() if value.is_floating_point()}) == 1
            return found if single else Judgement(float("nan"), {}, found.sample_losses * np.nan)

    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(2, 2), network(4, 4)])
    found = cross_over(epochs, Diverging(0.0), ScriptedStore(), out)
    selective = candidate(found, "selective")
    assert selective.validation_loss is None and "no finite number" in selective.note
    assert not found.accepted


def test_a_crossover_never_names_an_epoch_whose_file_is_gone(tmp_path, out):
    whole = mixable(tmp_path, FIGURES, [network(9, 9), network(0, 4), network(4, 0)])
    whole.files[3].unlink()
    files = {epoch: path for epoch, path in whole.files.items() if epoch != 3}
    epochs = Epochs(files, FIGURES, find_sweet_spots(FIGURES, files))
    found = cross_over(epochs, ScriptedJudge(0.0), ScriptedStore(), out)
    assert {e for one in found.candidates for shares in one.recipe.values() for e in shares} <= {1, 2}


def test_impact_measures_how_far_the_finalist_lies_from_the_best_epoch(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(1, 4), network(4, 2)])
    found = cross_over(epochs, ScriptedJudge(0.0), ScriptedStore(), out).impact
    assert found["backbone"].mean_change == 0 and found["backbone"].cosine == pytest.approx(1)
    assert found[EMOTION].mean_change == pytest.approx(2)
    assert found[EMOTION].norm_change == pytest.approx(-0.5)
    assert found["whole"].mean_change == pytest.approx(0.8)


def test_the_same_seed_gives_the_same_crossover(tmp_path, out):
    epochs = mixable(tmp_path, FIGURES, [network(9, 9), network(0, 4), network(4, 0)])
    first, second = (cross_over(epochs, ScriptedJudge(0.0, noise=1), ScriptedStore(), out, seed=4) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
