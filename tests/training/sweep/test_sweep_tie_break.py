"""The winner must not be noise; where it may be, the result says so."""

import math
import random

import pytest

from redheart.errors import ConfigError
from redheart.training.sweep.repeated import Repeated, difference
from redheart.training.sweep.schedule import Scored
from redheart.training.sweep.tie_break import break_tie, leading
from redheart.training.sweep.trial import Trial


def trial(lr: float, seed: int, loss: float | None, metric: float | None = None) -> Trial:
    return Trial(
        lr=lr,
        seed=seed,
        steps=10,
        validation_loss=loss,
        train_losses=(),
        metric=metric,
        gradient_norm=None,
        seconds=1.0,
        diverged=loss is None,
    )


def repeated(lr: float, *losses: float | None) -> Repeated:
    return Repeated.of([trial(lr, seed, loss) for seed, loss in enumerate(losses, start=1)])


def test_leaders_are_the_lowest_losses_and_none_that_diverged():
    tried = [Scored(1e-3, 2.0), Scored(1e-4, 1.0), Scored(1e-2, math.inf), Scored(1e-5, 3.0)]
    assert leading(tried, 2) == (1e-4, 1e-3)
    assert leading(tried, 9) == (1e-4, 1e-3, 1e-5)


def test_the_lowest_mean_over_the_further_seeds_wins_whatever_the_first_seed_said():
    lucky, steady = repeated(1e-3, 1.0, 1.01, 0.99), repeated(1e-4, 0.5, 0.51, 0.49)
    found = break_tie([lucky, steady], [Scored(1e-3, 0.1), Scored(1e-4, 0.2)])
    assert found.chosen == steady
    assert found.distinguishable
    assert "better than the 1 other leading rates over 3 seeds" in found.finding


def test_noise_larger_than_the_difference_is_called_not_distinguishable():
    found = break_tie([repeated(1e-3, 0.50, 0.58, 0.52), repeated(2e-3, 0.56, 0.51, 0.54)], [])
    assert not found.distinguishable
    assert found.indistinguishable == (1e-3, 2e-3)
    assert "not distinguishable from 2e-3" in found.finding


def test_a_difference_that_every_seed_shows_is_told_though_seeds_differ_more():
    better, worse = repeated(1e-3, 0.50, 0.60, 0.70), repeated(2e-3, 0.52, 0.62, 0.721)
    assert break_tie([worse, better], []).indistinguishable == (1e-3,)


def test_equal_rates_are_told_apart_about_once_in_twenty_sweeps():
    draw = random.Random(5)
    pairs = [[repeated(rate, *(draw.gauss(0.5, 0.1) for _ in range(3))) for rate in (1e-3, 2e-3)] for _ in range(1000)]
    told = sum(break_tie(pair, []).distinguishable for pair in pairs)
    assert 30 <= told <= 75


def test_a_difference_has_the_half_width_of_students_t():
    found = difference(repeated(1e-3, 1.0, 2.0, 3.0), repeated(2e-3, 0.0, 0.0, 0.0))
    assert found is not None
    assert (found.mean, found.half_width) == (2.0, pytest.approx(4.302653 / math.sqrt(3)))


def test_a_rate_run_once_is_as_good_if_the_noise_could_have_given_its_loss():
    leaders = [repeated(1e-3, 0.50, 0.52, 0.51), repeated(2e-3, 0.90, 0.92, 0.91)]
    tried = [Scored(5e-4, 0.53), Scored(1e-4, 0.60), Scored(1e-2, math.inf)]
    assert break_tie(leaders, tried).indistinguishable == (5e-4, 1e-3)


def test_one_further_seed_tells_nothing_apart():
    found = break_tie([repeated(1e-3, 0.1), repeated(2e-3, 0.9)], [])
    assert found.chosen.lr == 1e-3
    assert (found.distinguishable, found.noise) == (False, None)
    assert "shows no spread" in found.finding


def test_a_leader_that_diverged_on_one_seed_loses_to_any_that_did_not():
    found = break_tie([repeated(1e-2, 0.1, None, 0.1), repeated(1e-4, 0.9, 0.9, 0.9)], [])
    assert found.chosen.lr == 1e-4
    assert found.leaders[-1].mean is None
    assert found.indistinguishable == (1e-4,)


def test_leaders_that_all_diverged_are_refused_with_the_mend():
    with pytest.raises(ConfigError, match=r"all 2 leading learning rates diverged .* Lower train\.sweep\.highest"):
        break_tie([repeated(1e-2, None, 0.1), repeated(1e-3, 0.2, None)], [])


def test_a_single_leader_wins_alone():
    found = break_tie([repeated(1e-3, 0.1, 0.2)], [])
    assert (found.distinguishable, found.indistinguishable) == (True, (1e-3,))


def test_the_metric_is_the_mean_over_the_seeds_or_absent():
    assert Repeated.of([trial(1e-3, 1, 0.5, 0.6), trial(1e-3, 2, 0.5, 0.8)]).metric == pytest.approx(0.7)
    assert Repeated.of([trial(1e-3, 1, 0.5, 0.6), trial(1e-3, 2, 0.5, None)]).metric is None
