"""The sampled decomposition against the exact one of the same target, by brute force."""

from collections.abc import Callable

import numpy as np
import pytest

from redheart.calculus.interventions.decomposition import Decomposition, decompose
from redheart.calculus.interventions.sampled_decomposition import decompose_design, decompose_sample
from redheart.calculus.interventions.subset_design import SubsetDesign, SubsetSizes, design_for, sampled_design
from redheart.calculus.interventions.subsets import all_subsets

Function = Callable[[np.ndarray], np.ndarray]


def design_of(n: int, rows: int = 512, seed: int = 0) -> SubsetDesign:
    design = design_for(n, SubsetSizes(rows=rows), seed)
    assert design is not None
    return design


def both(n: int, function: Function, rows: int = 512, seed: int = 0) -> tuple[Decomposition, Decomposition]:
    design = design_of(n, rows, seed)
    return decompose(n, function(all_subsets(n))), decompose_design(design, function(design.rows))


def text_like(n: int, seed: int) -> Function:
    """An attention-weighted mean of what the units say, squashed: every order takes part, the low ones most."""
    random = np.random.default_rng(seed)
    said, weight = random.normal(size=n), random.exponential(size=n)

    def function(rows: np.ndarray) -> np.ndarray:
        return np.tanh(2 * (rows * weight) @ said / (0.5 + rows @ weight))

    return function


@pytest.mark.parametrize("n", [9, 10, 11, 12])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shares_of_units_and_pairs_lie_within_two_points_of_the_exact_ones(n: int, seed: int) -> None:
    exact, sampled = both(n, text_like(n, seed))
    known = {term.units: term for term in exact.terms}
    assert len(sampled.terms) > n
    assert all(term.share == pytest.approx(known[term.units].share, abs=0.02) for term in sampled.terms)
    assert sampled.variance == pytest.approx(exact.variance, rel=0.1)


@pytest.mark.parametrize("n", [9, 10, 11, 12])
def test_shares_by_kind_lie_within_four_points_of_the_exact_ones_less_what_leaks(n: int) -> None:
    exact, sampled = both(n, text_like(n, 3))
    assert exact.shares is not None and sampled.shares is not None
    assert sampled.shares.unique == pytest.approx(exact.shares.unique, abs=0.04)
    for kind in ("redundant", "synergistic"):
        most = getattr(exact.shares, kind)
        assert most - sampled.shares.leak - 0.02 <= getattr(sampled.shares, kind) <= most + 0.04


@pytest.mark.parametrize("n", [11, 12])
def test_the_leak_is_what_larger_sets_carry(n: int) -> None:
    """Half of the variance in units and pairs, half in one set of five, which no sample resolves."""
    signs: Function = lambda rows: np.where(rows, 1.0, -1.0)  # noqa: E731
    _, sampled = both(n, lambda rows: signs(rows)[:, 0] + signs(rows)[:, 1:6].prod(axis=1))
    assert sampled.shares is not None
    assert sampled.shares.leak == pytest.approx(0.5, abs=0.03)
    assert sampled.shares.unique == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("size", [4, 5])
@pytest.mark.parametrize("n", [12, 18, 24])
def test_a_larger_set_is_never_told_as_other_units(n: int, size: int) -> None:
    for seed in range(12):
        units = np.random.default_rng(seed).choice(n, size, replace=False)
        design = design_of(n, seed=seed)
        found = decompose_design(design, np.where(design.rows[:, units], 1.0, -1.0).prod(axis=1))
        assert found.shares is not None and found.shares.leak == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("n", [12, 18])
def test_ignored_units_get_next_to_nothing_of_five_that_count_only_together(n: int) -> None:
    wrong = []
    for seed in range(20):
        units = set(np.random.default_rng(seed).choice(n, 5, replace=False).tolist())
        design = design_of(n, seed=seed)
        found = decompose_design(design, design.rows[:, sorted(units)].all(axis=1).astype(float))
        wrong.append(sum(term.share for term in found.terms if not set(term.units) <= units))
    assert np.mean(wrong) < 0.01


def test_pure_noise_is_not_explained_though_least_squares_would_explain_a_third() -> None:
    """18 units, 153 pairs, 512 rows. A unit's share is 0.5 / 512 on average, for a share cannot fall below 0."""
    design, explained = design_of(18), []
    for seed in range(40):
        found = decompose_design(design, np.random.default_rng(seed).normal(size=len(design.rows)))
        assert found.shares is not None
        explained.append(1 - found.shares.leak)
    assert np.mean(explained) < 0.033


def test_of_pure_noise_one_pair_in_370_is_taken_for_an_effect() -> None:
    design = design_of(32)
    draws = (np.random.default_rng(seed).normal(size=len(design.rows)) for seed in range(5))
    taken = sum(len(decompose_design(design, values).terms) - 32 for values in draws)
    assert 1 <= taken <= 15  # 5 x 496 x 0.0027 is 6.7


def test_without_larger_sets_the_sample_is_exact() -> None:
    design = design_of(20)
    signs, random = np.where(design.rows, 1.0, -1.0), np.random.default_rng(0)
    found = decompose_design(design, signs @ random.normal(size=20) + 2 * signs[:, 3] * signs[:, 7])
    coefficients = {term.units: term.coefficient for term in found.terms}
    assert set(coefficients) == {(i,) for i in range(20)} | {(3, 7)}
    assert coefficients[3, 7] == pytest.approx(2) and found.below_noise == 189
    assert found.shares is not None and found.shares.leak == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("function", "kind"),
    [(lambda rows: rows[:, 2] | rows[:, 5], "redundant"), (lambda rows: rows[:, 2] & rows[:, 5], "synergistic")],
    ids=["or", "and"],
)
def test_planted_pairs_are_found_among_twenty_units_with_their_kind(function: Function, kind: str) -> None:
    design = design_of(20)
    found = decompose_design(design, function(design.rows).astype(float))
    shares = {(term.units, term.kind): term.share for term in found.terms if term.share > 1e-9}
    assert shares == {
        ((2,), "unique"): pytest.approx(1 / 3),
        ((5,), "unique"): pytest.approx(1 / 3),
        ((2, 5), kind): pytest.approx(1 / 3),
    }


def test_triples_are_told_where_the_sample_is_strong_enough_for_them() -> None:
    _, sampled = both(11, lambda rows: rows[:, :3].all(axis=1).astype(float), rows=1024)
    assert {term.units: term.kind for term in sampled.terms}[(0, 1, 2)] == "synergistic"
    assert sampled.shares is not None and sampled.shares.leak == pytest.approx(0, abs=1e-9)


def test_estimates_are_unbiased_over_the_seeds() -> None:
    """A white target, and one version of the text that stands out: every order as strong as every other."""
    values = np.random.default_rng(5).normal(size=2**11) + 300 * all_subsets(11).all(axis=1)
    known = {term.units: term.coefficient for term in decompose(11, values).terms}
    found = []
    for seed in range(200):
        design = sampled_design(11, 512, seed)
        terms = decompose_sample(design, values[design.rows @ (1 << np.arange(11))]).terms
        found.append([term.coefficient for term in terms[:11]])
    errors = np.mean(found, axis=0) - [known[unit,] for unit in range(11)]
    assert np.abs(errors).max() < 4 * np.std(found, axis=0).max() / np.sqrt(200)


@pytest.mark.parametrize("n", [10, 19, 32])
def test_no_share_is_negative_and_they_sum_to_one(n: int) -> None:
    design = design_of(n)
    found = decompose_design(design, text_like(n, n)(design.rows))
    assert found.shares is not None
    parts = (found.shares.unique, found.shares.redundant, found.shares.synergistic, found.shares.leak)
    assert min(parts) >= 0 and sum(parts) == pytest.approx(1, abs=1e-12)


def test_a_sample_of_a_constant_is_refused_with_the_reason() -> None:
    found = decompose_sample(design_of(12), np.full(1024, 3.0))
    assert found.shares is None and "does not vary" in str(found.reason)


def test_a_target_that_varies_only_over_subsets_that_were_not_read_is_not_called_constant() -> None:
    design = design_of(18)
    odd = design.rows.sum(axis=1) % 2
    assert len(set(odd.tolist())) == 1  # one parity only is in the sample: the XOR of all 18 units stands still
    found = decompose_sample(design, odd.astype(np.float64))
    assert "does not vary over the subsets that were read" in str(found.reason)


def test_a_value_too_few_is_refused_with_the_shape() -> None:
    with pytest.raises(ValueError, match=r"\(511,\)"):
        decompose_sample(design_of(12), np.zeros(511))


@pytest.mark.parametrize(("n", "rows"), [(6, 32), (8, 128), (24, 4096)])
def test_a_sample_that_its_sets_would_fill_keeps_contrasts_for_the_noise(n: int, rows: int) -> None:
    design = sampled_design(n, rows)
    found = decompose_sample(design, np.where(design.rows, 1.0, -1.0) @ np.arange(1.0, n + 1))
    assert found.shares is not None and found.shares.unique == pytest.approx(1.0)
