"""Mann-Kendall, CUSUM and the plateau they find."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from redheart.training.selection.curve import curves_of
from redheart.training.selection.plateau import choose, first_shift, mann_kendall, plateaus
from tests.training.selection.scripted import EMOTION, run_of

FALL = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
FLAT = [0.41, 0.40, 0.42, 0.40, 0.41, 0.42, 0.40, 0.41]


def curve(losses, on_disk=None):
    return curves_of(run_of(losses), range(1, len(losses) + 1) if on_disk is None else on_disk)[EMOTION]


def test_mann_kendall_of_a_rising_five_is_nine_over_the_root_of_its_variance():
    assert mann_kendall(np.arange(5.0)) == pytest.approx(9 / np.sqrt(5 * 4 * 15 / 18))


def test_mann_kendall_with_ties_agrees_with_kendalls_tau_but_for_its_continuity_correction():
    values = np.random.default_rng(3).integers(0, 6, 40).astype(float)
    p = kendalltau(np.arange(40), values, method="asymptotic").pvalue
    score = np.sign(values[None] - values[:, None])[np.triu_indices(40, 1)].sum()
    z = mann_kendall(values) * score / (score - np.sign(score))
    assert abs(z) == pytest.approx(_two_sided(p), rel=1e-9)


def test_a_constant_curve_has_no_trend_and_no_shift():
    assert mann_kendall(np.full(5, 0.3)) == 0.0
    assert first_shift(np.full(9, 0.1 + 0.2)) is None


def test_cusum_finds_where_a_level_shifts():
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(0.5, 0.01, 12), random.normal(0.4, 0.01, 12)])
    assert first_shift(values) in (11, 12, 13)


def test_plateau_is_where_the_fall_has_ended_and_its_centre_is_chosen():
    choice = choose(curve(FALL + FLAT))
    assert choice.span is not None and choice.span[0] >= 6 and choice.span[1] == 14
    assert choice.epoch == sum(choice.span) // 2


def test_of_two_plateaus_the_lower_one_is_chosen():
    higher = [value + 0.5 for value in FLAT]
    choice = choose(curve([*higher, 0.8, 0.7, 0.6, 0.5, *FLAT]))
    assert choice.epoch is not None and choice.epoch > 12


def test_a_steady_fall_is_no_plateau():
    assert plateaus(np.linspace(1, 0, 30)) == []
    assert choose(curve(list(np.linspace(1, 0.1, 30)))).epoch is None


def test_fewer_epochs_than_a_window_abstain_and_say_so():
    choice = choose(curve(FLAT[:4]))
    assert choice.epoch is None
    assert choice.reason == "needs 5 epochs, has 4"


def test_a_centre_that_is_gone_gives_way_to_the_nearest_epoch_of_the_span_that_is_on_disk():
    whole = choose(curve(FALL + FLAT))
    gone = choose(curve(FALL + FLAT, set(range(1, 15)) - {whole.epoch}))
    assert gone.wanted == whole.epoch
    assert gone.epoch == whole.epoch - 1


def _two_sided(p: float) -> float:
    from scipy.stats import norm

    return float(norm.isf(p / 2))
