"""The paired bootstrap that tells a gain from noise."""

import numpy as np
import pytest

from redheart.training.selection.paired import compare

RANDOM = np.random.default_rng(1)


def test_a_small_gain_on_every_sample_is_better_though_samples_differ_widely():
    theirs = RANDOM.uniform(0, 10, 300)
    found = compare(theirs - 0.01, theirs, seed=0)
    assert found.better
    assert found.difference == pytest.approx(-0.01)


def test_noise_around_no_gain_is_accepted_no_more_often_than_the_level_allows():
    wins = 0
    for trial in range(60):
        noise = np.random.default_rng(trial).standard_normal(40)
        wins += compare(noise, np.zeros(40), seed=trial).better
    assert wins <= 9  # 5 % of 60 is 3; more than 9 has a chance of 0.1 %


def test_the_interval_agrees_with_the_normal_one_where_there_are_many_samples():
    differences = RANDOM.normal(-0.1, 1.0, 4000)
    found = compare(differences, np.zeros(4000), seed=0)
    assert found.upper == pytest.approx(differences.mean() + 1.645 * differences.std() / np.sqrt(4000), abs=2e-3)


def test_too_few_samples_are_never_better():
    assert not compare(np.zeros(3), np.ones(3), seed=0).better


def test_the_same_seed_gives_the_same_interval_however_many_are_drawn_at_once():
    ours, theirs = RANDOM.uniform(size=(2, 100))
    assert compare(ours, theirs, seed=5) == compare(ours, theirs, seed=5)


def test_losses_that_are_no_numbers_are_not_compared():
    assert compare(np.array([1.0, np.nan]), np.ones(2), seed=0) is None
    assert compare(np.array([]), np.array([]), seed=0) is None


def test_other_samples_are_refused():
    with pytest.raises(ValueError, match="not the same samples"):
        compare(np.ones(2), np.ones(3), seed=0)
