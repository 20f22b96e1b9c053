import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.covariance_intersection import covariance_intersection
from redheart.calculus.kalman import Gaussian

seeds = st.integers(0, 10_000)


def estimate(rng: np.random.Generator, size: int = 3) -> Gaussian:
    root = rng.normal(size=(size, size))
    return Gaussian(rng.normal(size=size), root @ root.T + 0.01 * np.eye(size))


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_an_estimate_fused_with_itself_stays_as_it_is(seed: int) -> None:
    one = estimate(np.random.default_rng(seed))
    found = covariance_intersection(one, one)
    assert np.allclose(found.mean, one.mean)
    assert np.allclose(found.covariance, one.covariance)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_the_result_is_wide_enough_whatever_the_correlation_of_the_two_errors(seed: int) -> None:
    """With true errors of covariance A, B and any admissible cross-covariance, the fused error is within C."""
    rng = np.random.default_rng(seed)
    a, b = estimate(rng), estimate(rng)
    found = covariance_intersection(a, b)
    gain_a = found.covariance @ (found.omega * np.linalg.inv(a.covariance))
    gain_b = found.covariance @ ((1 - found.omega) * np.linalg.inv(b.covariance))
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    cross = np.linalg.cholesky(a.covariance) @ turned @ np.linalg.cholesky(b.covariance).T
    shared = gain_a @ cross @ gain_b.T
    actual = gain_a @ a.covariance @ gain_a.T + gain_b @ b.covariance @ gain_b.T + shared + shared.T
    assert np.linalg.eigvalsh(found.covariance - actual).min() > -1e-9 * np.abs(found.covariance).max()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_no_other_weight_gives_a_smaller_determinant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = estimate(rng), estimate(rng)
    found = covariance_intersection(a, b)
    least = np.linalg.det(found.covariance)
    for omega in np.linspace(0, 1, 21):
        other = np.linalg.inv(omega * np.linalg.inv(a.covariance) + (1 - omega) * np.linalg.inv(b.covariance))
        assert least <= np.linalg.det(other) * (1 + 1e-9)


def test_an_estimate_that_knows_less_everywhere_adds_nothing() -> None:
    sure, vague = Gaussian(np.zeros(2), np.eye(2)), Gaussian(np.ones(2), 4 * np.eye(2))
    assert covariance_intersection(sure, vague).omega == 1
    assert covariance_intersection(vague, sure).omega == 0
    assert covariance_intersection(vague, sure).mean.tolist() == [0, 0]


def test_estimates_that_know_different_things_share_the_weight() -> None:
    a, b = Gaussian(np.array([1.0, 0.0]), np.diag([1.0, 9.0])), Gaussian(np.array([0.0, 1.0]), np.diag([9.0, 1.0]))
    found = covariance_intersection(a, b)
    assert found.omega == pytest.approx(0.5)
    assert found.mean == pytest.approx([0.9, 0.9])
    assert found.covariance == pytest.approx(np.diag([1.8, 1.8]))


def test_what_cannot_be_fused_is_refused() -> None:
    good = Gaussian(np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match=r"second covariance .* not positive definite"):
        covariance_intersection(good, Gaussian(np.zeros(2), np.zeros((2, 2))))
    with pytest.raises(ValueError, match="means of '2' and '1' parts"):
        covariance_intersection(good, Gaussian(np.zeros(1), np.eye(1)))
