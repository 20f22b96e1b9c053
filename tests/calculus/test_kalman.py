import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.diffuse import diffuse_estimate
from redheart.calculus.kalman import (
    Gaussian,
    LinearModel,
    Measurement,
    gain,
    kalman_filter,
    pseudo_inverse,
    rts_smoother,
    update,
)

EXACT = 1e-8
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def nile() -> list[list[Measurement]]:
    """Flow of the Nile 1871-1970, with the noise of Durbin and Koopman's local level."""
    from statsmodels.datasets import nile as data

    return [[Measurement([flow], [[1.0]], [[15099.0]])] for flow in data.load_pandas().data["volume"]]


@pytest.fixture(scope="module")
def reference() -> dict[str, dict[str, list[float]]]:
    folders = [Path(folder).parent for folder in os.environ.get("REDHEART_DATA", "").split(os.pathsep) if folder]
    for folder in folders:
        if (path := folder / "reference" / "nile_reference.json").exists():
            return json.loads(path.read_text())
    pytest.skip("no folder `reference` with nile_reference.json beside the folders of REDHEART_DATA")


def level(mean: float, variance: float) -> LinearModel:
    return LinearModel([[1.0]], [[1469.1]], [mean], [[variance]])


def random_case(seed: int, missing: float = 0.3) -> tuple[LinearModel, list[list[Measurement]]]:
    """A stable model of three states, twelve steps of two measured values, some of them missing."""
    rng = np.random.default_rng(seed)
    transition = rng.normal(size=(3, 3))
    transition *= 0.9 / np.abs(np.linalg.eigvals(transition)).max()
    q, p, r = (a @ a.T for a in (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(2, 2))))
    matrix = rng.normal(size=(2, 3))
    values = rng.normal(size=(12, 2))
    values[rng.random(values.shape) < missing] = np.nan
    model = LinearModel(transition, q, rng.normal(size=3), p)
    return model, [[Measurement(value, matrix, r + 0.1 * np.eye(2))] for value in values]


# ---- reference values ----------------------------------------------------------------------------


def test_nile_from_a_known_prior_gives_the_known_states(nile: list[list[Measurement]]) -> None:
    filtered = kalman_filter(level(1000, 50000), nile)
    smoothed = rts_smoother(level(1000, 50000), filtered).means[:, 0]
    assert filtered.log_likelihood == pytest.approx(-639.0286234995697, abs=EXACT)
    assert smoothed[[0, 50, 99]] == pytest.approx([1103.3351, 829.5504, 798.3703], abs=5e-5)


def test_nile_from_a_nearly_diffuse_prior_gives_the_known_states(nile: list[list[Measurement]]) -> None:
    filtered = kalman_filter(level(0, 1e6), nile)
    smoothed = rts_smoother(level(0, 1e6), filtered)
    # The first density says only how wide the prior was; the reference leaves it out.
    assert filtered.log_densities[1:].sum() == pytest.approx(-632.537695, abs=1e-6)
    assert filtered.means[[0, 1, 9, 99], 0] == pytest.approx([1103.3407, 1132.7916, 1162.4264, 798.3703], abs=5e-5)
    assert smoothed.means[[0, 27, 50, 99], 0] == pytest.approx([1107.2039, 999.5842, 829.5505, 798.3703], abs=5e-5)
    assert smoothed.covariances[[0, 50, 99], 0, 0] == pytest.approx([4015.965, 2326.757, 4032.158], abs=5e-4)


def test_nile_from_nothing_known_gives_the_known_states(nile: list[list[Measurement]]) -> None:
    found = diffuse_estimate(level(0, 0), nile, [0])
    assert found.log_likelihood == pytest.approx(-633.464564, abs=1e-6)
    assert found.means[[0, 1, 9, 99], 0] == pytest.approx([1120.0, 1140.9278, 1162.9026, 798.3703], abs=5e-5)
    assert found.smoothed.means[[0, 27, 50, 99], 0] == pytest.approx(
        [1111.6683, 999.5852, 829.5505, 798.3703], abs=5e-5
    )
    assert found.smoothed.covariances[[0, 50, 99], 0, 0] == pytest.approx([4032.158, 2326.757, 4032.158], abs=5e-4)


def test_every_stored_nile_number_is_met(nile: list[list[Measurement]], reference: dict[str, dict]) -> None:
    exact = diffuse_estimate(level(0, 0), nile, [0])
    runs = {"exact_diffuse": (exact.means, exact.covariances, exact.smoothed)}
    for name, model in (("approx_diffuse", level(0, 1e6)), ("proper_prior", level(1000, 50000))):
        filtered = kalman_filter(model, nile)
        runs[name] = (filtered.means, filtered.covariances, rts_smoother(model, filtered))
    for name, (means, covariances, smoothed) in runs.items():
        found = {"filtered": means[:, 0], "filtered_var": covariances[:, 0, 0]}
        found |= {"smoothed": smoothed.means[:, 0], "smoothed_var": smoothed.covariances[:, 0, 0]}
        for key in found.keys() & reference[name].keys():
            assert np.abs(found[key] - reference[name][key]).max() < EXACT, (name, key)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_model_of_three_states_with_gaps_agrees_with_statsmodels(seed: int) -> None:
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

    model, steps = random_case(seed)
    oracle = KalmanSmoother(2, 3, 3, loglikelihood_burn=0)
    oracle.bind(np.array([step[0].value for step in steps]).T.copy(order="F"))
    oracle["design"], oracle["obs_cov"] = steps[0][0].matrix, steps[0][0].noise
    oracle["transition"], oracle["selection"], oracle["state_cov"] = model.transition, np.eye(3), model.process
    oracle.initialize_known(model.mean, model.covariance)
    expected, filtered = oracle.smooth(), kalman_filter(model, steps)
    smoothed = rts_smoother(model, filtered)
    assert filtered.log_likelihood == pytest.approx(expected.llf, abs=EXACT)
    assert np.abs(filtered.means.T - expected.filtered_state).max() < EXACT
    assert np.abs(smoothed.means.T - expected.smoothed_state).max() < EXACT
    assert np.abs(smoothed.covariances.transpose(1, 2, 0) - expected.smoothed_state_cov).max() < EXACT


# ---- laws ----------------------------------------------------------------------------------------


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_smoothing_never_widens_what_filtering_knew(seed: int) -> None:
    model, steps = random_case(seed)
    filtered = kalman_filter(model, steps)
    smoothed = rts_smoother(model, filtered)
    narrowed = np.linalg.eigvalsh(filtered.covariances - smoothed.covariances)
    assert narrowed.min() > -1e-9
    assert narrowed[0].max() > 0  # and the first state does learn from the later ones


@given(seeds, st.sampled_from([1e-14, 1.0, 1e12]))
@settings(max_examples=40, deadline=None)
def test_covariances_stay_symmetric_and_positive_semidefinite_whatever_the_noise(seed: int, noise: float) -> None:
    model, steps = random_case(seed)
    steps = [[Measurement(m.value, m.matrix, m.noise * noise) for m in step] for step in steps]
    filtered = kalman_filter(model, steps)
    for covariances in (filtered.covariances, rts_smoother(model, filtered).covariances):
        largest = np.abs(covariances).max()
        assert np.linalg.eigvalsh(covariances).min() >= -1e-12 * largest
        assert (covariances == covariances.transpose(0, 2, 1)).all()


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
@settings(max_examples=50, deadline=None)
def test_the_gain_of_a_scalar_lies_between_ignoring_and_believing(variance: float, noise: float) -> None:
    k, _, _ = gain(Gaussian(np.zeros(1), np.array([[variance]])), Measurement([1.0], [[1.0]], [[noise]]))
    assert 0 <= k[0, 0] <= 1
    assert k[0, 0] == pytest.approx(variance / (variance + noise))


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_a_step_without_measurements_is_predicted_only(seed: int) -> None:
    model, steps = random_case(seed, missing=0.0)
    gap = kalman_filter(model, [*steps[:4], None, *steps[4:]])
    nans = kalman_filter(model, [*steps[:4], [Measurement([np.nan] * 2, np.ones((2, 3)), np.eye(2))], *steps[4:]])
    assert (gap.means[4] == gap.predicted_means[4]).all()
    assert np.allclose(gap.means[4], model.transition @ gap.means[3])
    assert (gap.means == nans.means).all()
    assert gap.log_densities[4] == 0


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_measurements_of_one_step_may_come_in_any_order_or_all_at_once(seed: int) -> None:
    model, steps = random_case(seed, missing=0.0)
    other = Measurement([0.3], [[1.0, 0.0, 1.0]], [[0.5]])
    runs = [kalman_filter(model, [[*s, other] for s in steps]), kalman_filter(model, [[other, *s] for s in steps])]
    assert np.allclose(runs[0].means, runs[1].means)
    assert runs[0].log_likelihood == pytest.approx(runs[1].log_likelihood)


def test_a_constant_that_is_measured_again_and_again_is_found() -> None:
    model = LinearModel([[1.0]], [[0.0]], [0.0], [[100.0]])
    filtered = kalman_filter(model, [[Measurement([7.0], [[1.0]], [[1.0]])]] * 400)
    errors = np.abs(filtered.means[:, 0] - 7.0)
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < 2e-4
    assert rts_smoother(model, filtered).means[0, 0] == pytest.approx(filtered.means[-1, 0])


def test_a_sum_carried_along_in_the_state_is_smoothed_as_the_sum_of_what_it_sums() -> None:
    model = LinearModel(
        np.array([[0.5, 0.0], [0.5, 1.0]]), np.full((2, 2), 0.75), np.zeros(2), np.ones((2, 2))
    )  # fmt: skip
    steps = [[Measurement([value], [[1.0, 0.0]], [[0.2]])] for value in (1.0, -0.5, 2.0, 0.1)]
    steps[-1].append(Measurement([5.0], [[0.0, 1.0]], [[0.01]]))
    states = rts_smoother(model, kalman_filter(model, steps)).means
    assert states[:, 1] == pytest.approx(states[:, 0].cumsum())
    assert states[-1, 1] == pytest.approx(5.0, abs=0.05)


def test_filtered_states_stay_unknown_until_the_measurements_determine_them() -> None:
    """Level and slope, both unknown: one measurement gives the level, two the slope."""
    model = LinearModel([[1.0, 1.0], [0.0, 1.0]], np.zeros((2, 2)), np.zeros(2), np.zeros((2, 2)))
    steps = [[Measurement([value], [[1.0, 0.0]], [[1e-6]])] for value in (3.0, 5.0, 7.0)]
    found = diffuse_estimate(model, steps, [0, 1])
    assert found.means[0, 0] == pytest.approx(3.0)
    assert np.isnan(found.means[0, 1])
    assert np.isinf(found.covariances[0, 1, 1])
    assert found.means[1] == pytest.approx([5.0, 2.0])
    assert found.smoothed.means[0] == pytest.approx([3.0, 2.0])


# ---- refusals ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no step": (lambda: kalman_filter(level(0, 1), []), "'0' steps"),
    "shape": (lambda: LinearModel([[1.0]], [[1.0]], [0.0, 0.0], [[1.0]]), "'transition' has shape"),
    "negative": (lambda: level(0, -1.0), "'covariance' is no covariance"),
    "lopsided": (lambda: Measurement([1, 2], np.eye(2), [[1, 0.5], [0, 1]]), "'noise' is not symmetric"),
    "unstated": (lambda: LinearModel([[np.nan]], [[1.0]], [0.0], [[1.0]]), "'transition' is not finite"),
    "nowhere": (lambda: level(np.nan, 1.0), "'mean' is not finite"),
    "unseen": (lambda: Measurement([1.0], [[np.nan]], [[1.0]]), "'matrix' is not finite"),
    "infinite": (lambda: Measurement([np.inf], [[1.0]], [[1.0]]), "infinite"),
    "columns": (lambda: kalman_filter(level(0, 1), [[Measurement([1.0], [[1.0, 0]], [[1.0]])]]), "'2' columns"),
    "singular": (lambda: kalman_filter(level(0, 0), [[Measurement([1.0], [[1.0]], [[0.0]])]]), "singular"),
    "undetermined": (lambda: diffuse_estimate(level(0, 0), [None], [0]), "do not determine"),
    "no such state": (lambda: diffuse_estimate(level(0, 0), [None], [1]), "unknown state '1'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_filtered_is_refused_by_name(case: str) -> None:
    attempt, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        attempt()


def test_units_do_not_decide_what_counts_as_certain() -> None:
    covariance = np.diag([1e12, 1e-12])
    assert pseudo_inverse(covariance) == pytest.approx(np.diag([1e-12, 1e12]))
    assert pseudo_inverse(np.ones((2, 2))) == pytest.approx(np.full((2, 2), 0.25))
    assert (pseudo_inverse(np.zeros((2, 2))) == 0).all()


def test_what_an_exact_measurement_leaves_unknown_is_its_own_noise_however_little_was_known_before() -> None:
    before, measured = Gaussian(np.zeros(1), np.array([[1e18]])), Measurement(np.ones(1), np.eye(1), np.eye(1))
    after, _ = update(before, measured)
    assert after.covariance[0, 0] == pytest.approx(1.0)  # (1 - gain) * 1e18 is 0 in floating point
