"""Guards against choices that the figures do not carry: learning rates told apart by noise, epochs chosen whose
weights are gone, gains that only the split which found them shows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from redheart.config.train import SweepSection
from redheart.nn.network.checkpoint_file import tensors
from redheart.training.report.json_lines import read_records
from redheart.training.report.listener import Quiet
from redheart.training.run.figures import EpochFigures
from redheart.training.run.finish import Selection, select
from redheart.training.run.folder import STAGES
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.learner import Learned, Learner
from redheart.training.run.prepared import Prepared
from redheart.training.run.rate import conditions, trials
from redheart.training.selection.pruning import dropped_epochs, epoch_files
from redheart.training.sweep.schedule import POINTS
from tests.training.run.prepared import SPLITS, learned, prepared
from tests.training.run.prepared import splits_of as small_splits

FEW = {"samples": 12, "epochs": 2}
MIB = 2**20


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float, tuple[int, ...]]]:
    """Every step of every learner: its number, the rate, the samples."""
    steps: list[tuple[int, float, tuple[int, ...]]] = []
    plain = Learner.step

    def step(self: Learner, number: int, cut: list[np.ndarray], lr: float) -> Learned:
        steps.append((number, lr, tuple(int(one) for one in np.concatenate(cut))))
        return plain(self, number, cut, lr)

    monkeypatch.setattr(Learner, "step", step)
    return steps


def test_a_rate_is_tried_on_enough_samples_and_seeds_to_be_told_from_another() -> None:
    usual = SweepSection()
    assert (POINTS, STAGES) == (5, 5)
    assert usual.samples >= 1000 and usual.repeats >= 3 and usual.leaders >= 2


@pytest.mark.parametrize("sweep", [FEW, {"samples": 1000, "epochs": 1}])
def test_a_trial_learns_from_all_the_samples_asked_for_the_same_at_every_rate(
    sweep: dict[str, int], tmp_path: Path, taken: list[tuple[int, float, tuple[int, ...]]]
) -> None:
    of = trials(prepared(tmp_path / "run", sweep=sweep), 8)
    for lr in (1e-4, 1e-3):
        of.at(lr, seed=0)
    half = len(taken) // 2
    one, other = taken[:half], taken[half:]
    assert half == of.steps
    assert [samples for *_, samples in one] == [samples for *_, samples in other]
    seen = [sample for *_, samples in one for sample in samples]
    asked = min(sweep["samples"], SPLITS["train"])
    assert len(set(seen)) == asked and len(seen) == asked * sweep["epochs"]


def test_a_seed_changes_the_order_of_a_trial_and_its_dropout_but_neither_weights_nor_samples(
    tmp_path: Path, taken: list[tuple[int, float, tuple[int, ...]]]
) -> None:
    of = trials(prepared(tmp_path / "run", sweep=FEW), 8)
    begun = [of.fresh(seed).learner.network.state_dict() for seed in (0, 1)]
    assert all(torch.equal(values, begun[1][name]) for name, values in begun[0].items())
    losses = [of.at(1e-3, seed).validation_loss for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]
    orders = [
        tuple(sample for *_, samples in taken[at : at + of.steps] for sample in samples) for at in (0, 2 * of.steps)
    ]
    assert orders[0] != orders[1] and set(orders[0]) == set(orders[1])


def test_a_trial_is_measured_on_the_whole_validation_split_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    plain = NetworkJudge.measure

    def measure(self: NetworkJudge, split: str) -> object:
        asked.append((split, len(plain(self, split).sample_losses)))
        return plain(self, split)

    monkeypatch.setattr(NetworkJudge, "measure", measure)
    trials(prepared(tmp_path / "run", sweep=FEW), 8).at(1e-3, seed=0)
    assert asked == [("validation", SPLITS["validation"])]


def test_a_trial_rises_and_falls_as_the_main_run_does(
    tmp_path: Path, taken: list[tuple[int, float, tuple[int, ...]]]
) -> None:
    trials(prepared(tmp_path / "run", warmup=0.5, sweep=FEW), 6).at(1e-3, seed=0)
    rates = [lr for _, lr, _ in taken]
    assert max(rates) == 1e-3 and rates[0] < 1e-3 and rates[-1] < 1e-3


@pytest.mark.parametrize("change", [{"batch_size": 4}, {"seed": 1}, {"warmup": 0.5}, {"r_drop": 1.0}, {"sweep": FEW}])
def test_rates_found_under_other_conditions_are_not_taken_for_these(change: dict[str, object], tmp_path: Path) -> None:
    one, other = prepared(tmp_path / "one"), prepared(tmp_path / "other", **change)
    assert conditions(one) != conditions(other)
    assert conditions(one) == conditions(prepared(tmp_path / "again", epochs=5))


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, Selection]:
    """Five epochs on a disk that holds three of them, to the end."""
    probe = prepared(tmp_path_factory.mktemp("probe") / "run", epochs=1)
    learned(probe)
    size = probe.asked.folder.epoch_file(1).stat().st_size
    run = prepared(tmp_path_factory.mktemp("tight") / "run", epochs=5, disk_budget_mib=3.5 * size / MIB)
    return run, select(run, learned(run, lr=1e-2), Quiet())


def test_the_disk_holds_no_more_epochs_than_it_may_and_says_which_are_gone(tight: tuple[Prepared, Selection]) -> None:
    folder = tight[0].asked.folder
    there, gone = set(epoch_files(folder)), {one.epoch for one in dropped_epochs(folder)}
    assert len(there) == 3
    assert there | gone == set(range(1, 6)) and not there & gone


def test_the_best_epoch_of_all_is_still_there_at_the_end(tight: tuple[Prepared, Selection]) -> None:
    folder = tight[0].asked.folder
    best = min(read_records(folder.epochs, EpochFigures), key=lambda one: one.validation_loss)
    assert best.epoch in epoch_files(folder)
    assert tight[1].crossover.best_epoch == best.epoch


def test_nothing_is_chosen_or_mixed_whose_weights_are_gone(tight: tuple[Prepared, Selection]) -> None:
    run, found = tight
    there = set(epoch_files(run.asked.folder))
    assert {spot.epoch for spot in found.spots.spots.values()} <= there
    assert {epoch for one in found.crossover.candidates for shares in one.recipe.values() for epoch in shares} <= there


def test_what_is_written_is_the_mixture_that_is_told_of(tight: tuple[Prepared, Selection]) -> None:
    run, found = tight
    folder, recipe = run.asked.folder, found.crossover.chosen().recipe
    epochs = {epoch: dict(tensors(path)) for epoch, path in epoch_files(folder).items()}
    for name, written in tensors(folder.crossover):
        module = next(one for one in recipe if name.startswith(f"{one}."))
        mixed = sum(share * epochs[epoch][name].double() for epoch, share in recipe[module].items())
        torch.testing.assert_close(written.double(), torch.as_tensor(mixed), atol=1e-6, rtol=1e-5)


def test_a_mixture_that_only_validation_likes_is_not_recommended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = small_splits()
    run = prepared(tmp_path / "run", splits, epochs=2)
    done = learned(run, lr=1e-2)
    plain = NetworkJudge.on

    def flattering(self: NetworkJudge, split: str, weights: object) -> object:
        """Every later mixture looks better than all before it, on validation alone."""
        found = plain(self, split, weights)  # type: ignore[arg-type]
        if split != "validation":
            return found
        looks.append(split)
        return type(found)(found.loss - len(looks), found.parts, found.sample_losses)

    looks: list[str] = []
    monkeypatch.setattr(NetworkJudge, "on", flattering)
    monkeypatch.setattr("redheart.training.selection.crossover.compare", lambda ours, theirs, seed: None)
    crossover = select(run, done, Quiet()).crossover
    assert len(looks) > 1
    assert not crossover.accepted and crossover.strategy == "epoch"
