"""The vote over techniques, on validation figures alone."""

import json

import pytest

from redheart.errors import InputError
from redheart.training.selection.curve import BACKBONE
from redheart.training.selection.sweet_spot import DroppedEpoch, find_sweet_spots
from redheart.training.selection.sweet_spot_report import markdown
from tests.training.selection.scripted import EMOTION, run_of

V_SHAPE = [1.0, 0.6, 0.4, 0.5, 0.7, 0.9, 1.1]


def everywhere(figures):
    return [one.epoch for one in figures]


def test_the_pick_follows_validation_where_training_says_otherwise():
    figures = run_of(V_SHAPE, train=[1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1])
    spots = find_sweet_spots(figures, everywhere(figures))
    assert spots.best_epoch == 3
    assert spots.spots[EMOTION].epoch == spots.spots[BACKBONE].epoch == 3


def test_each_part_has_its_own_epoch():
    figures = run_of(V_SHAPE, emotion=V_SHAPE[::-1], macro_f1=V_SHAPE)
    spots = find_sweet_spots(figures, everywhere(figures)).spots
    assert spots[BACKBONE].epoch == 3
    assert spots[EMOTION].validation_loss == V_SHAPE[::-1][spots[EMOTION].epoch - 1]


def test_confidence_is_votes_over_voters_and_an_abstention_is_no_voter():
    figures = run_of([3.0, 1.0], macro_f1=[0.9, 0.1])
    spot = find_sweet_spots(figures, everywhere(figures)).spots[EMOTION]
    assert (spot.votes, spot.voters, spot.confidence) == (1, 2, 0.5)
    assert {choice.technique for choice in spot.choices if choice.epoch} == {"task", "lowest loss"}


def test_of_equal_votes_the_lower_validation_loss_wins():
    figures = run_of([3.0, 1.0], macro_f1=[0.9, 0.1])
    assert find_sweet_spots(figures, everywhere(figures)).spots[EMOTION].epoch == 2


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_run_of_very_few_epochs_has_sweet_spots_and_says_who_abstained(epochs):
    figures = run_of(V_SHAPE[:epochs], macro_f1=V_SHAPE[:epochs])
    spots = find_sweet_spots(figures, everywhere(figures))
    assert all(1 <= spot.epoch <= epochs for spot in spots.spots.values())
    assert f"plateau: abstains (needs 5 epochs, has {epochs})" in markdown(spots, figures)


def test_every_choice_is_on_disk_and_what_was_wanted_is_said():
    figures = run_of(V_SHAPE)
    gone = [DroppedEpoch(epoch=epoch, after=5, reason="no room") for epoch in (1, 2, 3, 5)]
    spots = find_sweet_spots(figures, {4, 6, 7}, gone)
    assert spots.best_epoch == 4
    assert all(choice.epoch in spots.on_disk for s in spots.spots.values() for choice in s.choices if choice.epoch)
    report = markdown(spots, figures)
    assert "3 → 4" in report
    assert "- 1 to 3, 5: no room" in report


def test_a_part_without_a_metric_has_no_score():
    figures = run_of(V_SHAPE)
    spot = find_sweet_spots(figures, everywhere(figures)).spots[EMOTION]
    assert spot.score is None
    assert json.loads(spot.model_dump_json())["score"] is None


def test_no_checkpoint_at_all_is_refused():
    with pytest.raises(InputError, match="no epoch has both"):
        find_sweet_spots(run_of(V_SHAPE), [])


def test_the_same_figures_give_the_same_report():
    figures = run_of(V_SHAPE, macro_f1=V_SHAPE)
    first, second = (find_sweet_spots(figures, everywhere(figures)) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert markdown(first, figures) == markdown(second, figures)


def test_the_report_warns_of_overfitting():
    figures = run_of(V_SHAPE, train=[1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1])
    assert "Warning: overfitting for 3 epochs" in markdown(find_sweet_spots(figures, everywhere(figures)), figures)
