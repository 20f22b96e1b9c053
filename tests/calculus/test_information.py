"""Information by neighbours against closed forms, laws and other implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.information import (
    conditional_mutual_information,
    mutual_information,
    pairwise_information,
    transfer_entropy,
)


def gaussian(rho: float, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=samples)
    return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=samples)


def driven(samples: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x independent in time, y_t = x_(t-1) + e: x gives y half a bit a step, y gives x nothing."""
    rng = np.random.default_rng(seed)
    x, e = rng.normal(size=(2, samples))
    return x, np.concatenate([[0.0], x[:-1]]) + e


@pytest.mark.parametrize(
    ("rho", "samples", "mean"), [(0.6, 100, 0.2267), (0.9, 100, 0.8297), (0.6, 1000, 0.2364), (0.9, 1000, 0.8425)]
)
def test_gaussian_pairs_give_the_published_means_over_twenty_draws(rho, samples, mean) -> None:
    found = [mutual_information(*gaussian(rho, samples, seed), unit="nats") for seed in range(20)]
    assert np.mean(found) == pytest.approx(mean, abs=5e-5)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
def test_many_samples_come_near_the_closed_form_in_bits(rho) -> None:
    found = [mutual_information(*gaussian(rho, 4000, seed)) for seed in range(3)]
    assert np.mean(found) == pytest.approx(-0.5 * np.log2(1 - rho**2), abs=0.03)


def test_bits_are_nats_over_ln_2() -> None:
    x, y = gaussian(0.7, 300, 0)
    assert mutual_information(x, y) == pytest.approx(mutual_information(x, y, unit="nats") / np.log(2), rel=1e-12)


def test_conditional_information_of_gaussians_comes_near_its_closed_form() -> None:
    covariance = np.array([[1, 0.6, 0.5], [0.6, 1, 0.4], [0.5, 0.4, 1]])
    x, y, z = np.linalg.cholesky(covariance) @ np.random.default_rng(1).normal(size=(3, 4000))
    partial = (0.6 - 0.5 * 0.4) / np.sqrt((1 - 0.5**2) * (1 - 0.4**2))
    assert conditional_mutual_information(x, y, z) == pytest.approx(-0.5 * np.log2(1 - partial**2), abs=0.03)


def test_a_common_cause_explains_all_that_two_effects_share() -> None:
    z, a, b = np.random.default_rng(2).normal(size=(3, 2000))
    assert mutual_information(z + 0.5 * a, z + 0.5 * b) > 0.5
    assert conditional_mutual_information(z + 0.5 * a, z + 0.5 * b, z) == pytest.approx(0, abs=0.06)


def test_transfer_is_half_a_bit_one_way_and_nothing_the_other() -> None:
    x, y = driven(5000)
    assert transfer_entropy(x, y) == pytest.approx(0.5, abs=0.04)
    assert transfer_entropy(y, x) == pytest.approx(0.0, abs=0.04)


def test_transfer_is_found_at_its_lag_only() -> None:
    x, y = driven(1500)
    late = np.concatenate([np.random.default_rng(5).normal(size=2), y[:-2]])  # x reaches it after three steps
    found = {lag: transfer_entropy(x, late, lag=lag) for lag in (1, 3)}
    assert found[3] > 0.35 and abs(found[1]) < 0.08


def test_a_longer_history_explains_away_what_the_targets_own_past_holds() -> None:
    """y repeats itself two steps later; x is a noisy copy of that past, so it adds nothing once two steps are known."""
    rng = np.random.default_rng(4)
    y = rng.normal(size=1500)
    for t in range(2, len(y)):
        y[t] = 0.9 * y[t - 2] + np.sqrt(1 - 0.81) * y[t]
    x = np.concatenate([[0.0], y[:-1]]) + 0.5 * rng.normal(size=len(y))
    assert transfer_entropy(x, y, history=1) > 0.2
    assert transfer_entropy(x, y, history=2) == pytest.approx(0, abs=0.08)


def test_noise_is_shown_below_zero_and_not_clipped() -> None:
    found = [mutual_information(*gaussian(0.0, 60, seed)) for seed in range(20)]
    assert min(found) < 0 < max(found) and np.mean(found) == pytest.approx(0, abs=0.08)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50), seed=st.integers(0, 99))
def test_shift_scale_and_order_of_the_variables_change_nothing(scale, shift, seed) -> None:
    x, y = gaussian(0.5, 60, seed)
    found = mutual_information(x, y)
    assert mutual_information(-scale * x + shift, y) == pytest.approx(found, abs=1e-9)
    assert mutual_information(y, x) == pytest.approx(found, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), k=st.integers(1, 6))
def test_with_normal_scores_any_increasing_map_changes_nothing(seed, k) -> None:
    x, y = gaussian(0.5, 60, seed)
    found = mutual_information(x, y, k=k, margins="normal_scores")
    assert mutual_information(np.exp(3 * x), y**3, k=k, margins="normal_scores") == pytest.approx(found, abs=1e-9)


def test_without_them_a_skewed_map_does_change_the_estimate() -> None:
    x, y = gaussian(0.5, 200, 0)
    assert mutual_information(np.exp(3 * x), y) != pytest.approx(mutual_information(x, y), abs=0.01)


def test_samples_may_come_in_any_order() -> None:
    x, y = gaussian(0.5, 200, 0)
    order = np.random.default_rng(9).permutation(200)
    assert mutual_information(x[order], y[order]) == pytest.approx(mutual_information(x, y), abs=1e-12)


def test_every_variable_is_paired_with_the_later_target() -> None:
    x, y = driven(1500)
    noise = np.random.default_rng(8).normal(size=1500)
    found = pairwise_information(np.stack([x, y, noise]), target=2, lag=1)
    assert set(found.mutual_information) == {1, 2, 3} and set(found.transfer_entropy) == {1, 3}
    assert found.mutual_information[1] == mutual_information(x[:-1], y[1:])
    assert found.transfer_entropy[1] == transfer_entropy(x, y) > 0.35
    assert abs(found.transfer_entropy[3]) < 0.1 and (found.samples, found.unit, found.k) == (1499, "bits", 3)


VALUES = np.random.default_rng(0).normal(size=100)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones(100), "x is always '1'"),
        (np.arange(100) % 10, "'10' distinct values in 100 samples"),
        (np.where(np.arange(100) == 3, np.nan, VALUES), "x holds 'nan'"),
        (VALUES[:99], r"x \(99,\), y \(100,\)"),
        (VALUES[:, None], r"x \(100, 1\)"),
    ],
)
def test_variables_that_have_no_neighbours_are_refused(x, words) -> None:
    with pytest.raises(ValueError, match=words):
        mutual_information(x, VALUES[::-1])


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="'19' samples"):
        mutual_information(VALUES[:19], VALUES[-19:])
    with pytest.raises(ValueError, match="k '12' asks for 26 samples; there are 25"):
        mutual_information(VALUES[:25], VALUES[-25:], k=12)
    with pytest.raises(ValueError, match="leave 15 after 85 steps"):
        transfer_entropy(VALUES, VALUES[::-1], lag=85)


def test_coinciding_samples_are_refused_and_never_shaken_apart() -> None:
    x, y, z = np.random.default_rng(1).normal(size=(3, 100))
    x[:4], y[:4], z[:4] = 0.0, 0.0, 0.0
    for estimate in (lambda: mutual_information(x, y), lambda: conditional_mutual_information(x, y, z)):
        with pytest.raises(ValueError, match="'4' or more samples coincide"):
            estimate()
    y[3] = 1.0  # three copies still leave each of them a third neighbour apart
    assert np.isfinite(mutual_information(x, y))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"k": 0}, "k '0'"),
        ({"k": 2.5}, "k '2.5'"),
        ({"unit": "bytes"}, "unit 'bytes'"),
        ({"margins": "ranks"}, "'ranks'"),
    ],
)
def test_choices_that_are_none_are_refused(choices, words) -> None:
    with pytest.raises(ValueError, match=words):
        mutual_information(VALUES, VALUES[::-1], **choices)


def test_lags_targets_and_shapes_that_are_none_are_refused() -> None:
    x, y = driven(100)
    for call, words in (
        (lambda: transfer_entropy(x, y, lag=0), "lag '0'"),
        (lambda: transfer_entropy(x, y, history=0), "history '0'"),
        (lambda: pairwise_information(np.stack([x, y]), 3), "target '3'"),
        (lambda: pairwise_information(np.stack([x, y]), 1.5), r"target '1\.5': choose one of the variables 1 to 2"),
        (lambda: pairwise_information(np.stack([x, y]), True), "target 'True'"),
        (lambda: pairwise_information(np.stack([x, y]), 1, lag=0), "lag '0'"),
        (lambda: pairwise_information(np.stack([x, y]), 1, lag=81), "lag '81' .*of '100' samples; use 1 to 80"),
        (lambda: pairwise_information(np.stack([x, y]), 1, lag=100), "lag '100' .*use 1 to 80"),
        (lambda: pairwise_information(np.stack([x, y])[:, :15], 1, lag=20), "lag '20' .*'15' samples; use a longer"),
        (lambda: pairwise_information(x, 1), r"'\(100,\)'"),
        (lambda: conditional_mutual_information(x, y, np.empty((100, 0))), "z of shape"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_scikit_learn_agrees_where_it_does_not_clip() -> None:
    sklearn = pytest.importorskip("sklearn.feature_selection")
    x, y = gaussian(0.6, 1000, 0)
    theirs = sklearn.mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0]
    assert mutual_information(x, y, unit="nats") == pytest.approx(theirs, abs=0.002)  # it shakes ties apart


def test_infomeasure_agrees_on_transfer() -> None:
    infomeasure = pytest.importorskip("infomeasure")
    x, y = ((each - each.mean()) / each.std() for each in driven(1000))
    theirs = infomeasure.transfer_entropy(x, y, approach="metric", k=4, noise_level=0, base="e")
    assert transfer_entropy(x, y, k=4, unit="nats") == pytest.approx(float(theirs), abs=0.002)
