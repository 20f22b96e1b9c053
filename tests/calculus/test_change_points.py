import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.change_points import change_points
from redheart.calculus.course.turn_factors import FACTORS, turn_factor


def test_the_nile_turns_where_everybody_finds_it_to() -> None:
    from statsmodels.datasets import nile

    flow = nile.load_pandas().data["volume"].to_numpy()
    assert change_points(flow, 15099.0) == (28,)


def test_the_first_sentence_of_each_new_part_is_named() -> None:
    valences = np.array([-0.5, -0.4, -0.5, 0.4, 0.5, 0.4, -0.6, -0.5, -0.6])
    assert change_points(valences, 0.02) == (3, 6)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_scaling_series_and_noise_together_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(20, 3)) + np.repeat(rng.normal(0, 3, (2, 3)), 10, axis=0)
    mix = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    assert change_points(series, np.eye(3)) == change_points(series @ mix.T + 5, mix @ mix.T)


@given(st.integers(0, 10_000), st.integers(6, 40))
@settings(max_examples=40, deadline=None)
def test_no_other_partition_is_better_than_the_one_found_and_ruptures_finds_the_same(seed: int, points: int) -> None:
    from ruptures import Pelt

    rng = np.random.default_rng(seed)
    series = (
        rng.normal(size=(points, 2)) + np.repeat(rng.normal(0, 2, (points, 2)), rng.integers(1, 9, points), 0)[:points]
    )
    penalty = 3 * float(np.log(points))
    oracle = Pelt(model="l2", min_size=2, jump=1).fit(series).predict(pen=penalty)
    found = change_points(series, np.eye(2))
    assert cost(series, found, penalty) <= cost(series, tuple(oracle[:-1]), penalty) + 1e-9
    assert found == tuple(oracle[:-1])


def cost(series: np.ndarray, starts: tuple[int, ...], penalty: float) -> float:
    return sum(part.var(0).sum() * len(part) + penalty for part in np.split(series, starts))


def test_a_factor_multiplies_the_price_of_a_change() -> None:
    from ruptures import Pelt

    series = np.random.default_rng(4).normal(size=40) + np.repeat([0.0, 1.0, 0.2, 1.4], 10)
    for factor in (0.3, 1.0, 2.0, 9.0):
        oracle = Pelt(model="l2", min_size=2, jump=1).fit(series).predict(pen=factor * 2 * np.log(40))
        assert change_points(series, 1.0, factor) == tuple(oracle[:-1])
    for factor in (0.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"a factor of '{factor}'"):
            change_points(series, 1.0, factor)


def test_the_factor_of_a_length_is_that_of_the_next_shorter_one_in_the_table() -> None:
    assert [turn_factor(points) for points in (6, 9, 10, 500)] == [FACTORS[6], FACTORS[8], FACTORS[10], 1.0]
    assert list(FACTORS.values()) == sorted(FACTORS.values(), reverse=True)  # else the next shorter were too lenient
    with pytest.raises(ValueError, match="'5' points: change points need 6"):
        turn_factor(5)


def test_noise_alone_seldom_turns() -> None:
    found = [change_points(np.random.default_rng(seed).normal(size=(20, 3)), np.eye(3)) for seed in range(60)]
    assert sum(bool(turns) for turns in found) <= 6


@pytest.mark.parametrize(
    ("series", "noise", "words"),
    [
        (np.zeros(5), 1.0, "'5' points: change points need 6"),
        (np.full(8, np.nan), 1.0, "not finite"),
        (np.zeros(8), 0.0, "not positive definite"),
        (np.zeros((8, 2)), 1.0, "covariance"),
    ],
)
def test_what_cannot_show_a_change_is_refused(series: np.ndarray, noise: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        change_points(series, noise)
