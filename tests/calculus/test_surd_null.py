"""What chance alone explains is taken off, and never clipped."""

import numpy as np
import pytest

from redheart.calculus.surd import surd, surd_series


@pytest.mark.parametrize("samples", [20, 50, 200, 500])
def test_independent_noise_explains_nothing_once_corrected(samples: int) -> None:
    corrected, raw = [], []
    for seed in range(120):
        x = np.random.default_rng(seed).normal(size=(4, samples))
        result = surd(x[0], x[1:], bins=3, null_draws=25, seed=seed)
        assert result.null is not None
        corrected.append(result.null.corrected["explained"])
        raw.append(1 - result.leak)
    assert abs(np.mean(corrected)) < 0.02
    assert np.mean(raw) > 0.02
    assert min(corrected) < 0  # not clipped


@pytest.mark.parametrize("samples", [20, 100, 500])
def test_shifts_take_off_what_a_noisy_series_explains_of_itself(samples: int) -> None:
    series = [np.random.default_rng(seed).normal(size=(3, samples)) for seed in range(120)]
    nulls = [surd_series(x, 1, 1, bins=3, null_draws=25, seed=0).null for x in series]
    assert abs(np.mean([null.corrected["explained"] for null in nulls if null is not None])) < 0.02


def test_a_real_cause_stands_out_of_the_null() -> None:
    x = np.random.default_rng(1).normal(size=(2, 300))
    x[1, 1:] += 2 * x[0, :-1]
    null = surd_series(x, 2, 1, bins=3, null_draws=99).null
    assert null is not None and null.kind == "shift"
    assert null.p_values["U1"] == pytest.approx(0.01)
    assert null.corrected["U1"] > 0.2
    assert null.p_values["U2"] > 0.05


def test_corrected_is_raw_minus_the_mean_of_the_draws() -> None:
    x = np.random.default_rng(2).normal(size=(3, 80))
    result = surd(x[0], x[1:], bins=2, null_draws=20)
    null, raw = result.null, result.shares()
    assert null is not None and null.kind == "permutation"
    assert null.corrected == pytest.approx(
        {name: raw[name] - null.mean[name] for name in raw if name != "leak"}
        | {"explained": 1 - raw["leak"] - null.mean["explained"]}
    )
    assert "leak" not in null.p_values


def test_p_values_of_noise_are_not_small_too_often() -> None:
    x = [np.random.default_rng(seed).normal(size=(3, 60)) for seed in range(100)]
    nulls = [surd(each[0], each[1:], bins=2, null_draws=39, seed=seed).null for seed, each in enumerate(x)]
    assert np.mean([null.p_values["explained"] <= 0.1 for null in nulls if null is not None]) < 0.2


def test_the_same_seed_draws_the_same_null() -> None:
    x = np.random.default_rng(3).normal(size=(2, 60))
    first, again, other = (surd_series(x, 1, 1, bins=2, null_draws=10, seed=seed).null for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_a_short_series_has_only_so_many_shifts() -> None:
    x = np.random.default_rng(4).normal(size=(2, 20))
    null = surd_series(x, 1, 2, bins=2, null_draws=500).null
    assert null is not None and null.draws == 18 - 1 - 2 * 2
    with pytest.raises(ValueError, match="leaves no circular shift of 11 samples"):
        surd_series(x, 1, 9, bins=2, null_draws=10)
