"""The warning while a run goes on."""

from redheart.training.selection.overfitting import overfitting
from tests.training.selection.scripted import run_of

TRAIN = [1.0, 0.9, 0.8, 0.7, 0.6]


def test_worse_validation_with_better_training_for_as_long_as_patience_warns():
    reason = overfitting(run_of([1.0, 0.5, 0.52, 0.53, 0.6], train=TRAIN), patience=3)
    assert reason is not None and "0.6 at epoch 5 against 0.5 at its best, epoch 2" in reason


def test_one_epoch_back_near_the_best_is_no_warning():
    assert overfitting(run_of([1.0, 0.5, 0.52, 0.505, 0.6], train=TRAIN), patience=3) is None


def test_a_rise_with_no_better_training_is_no_overfitting():
    assert overfitting(run_of([1.0, 0.5, 0.6, 0.6, 0.6], train=[1.0, 0.9, 0.9, 0.9, 0.9]), patience=3) is None


def test_too_few_epochs_are_no_warning():
    assert overfitting(run_of([0.5, 0.6, 0.7], train=[1.0, 0.5, 0.2]), patience=3) is None
    assert overfitting([], patience=3) is None
