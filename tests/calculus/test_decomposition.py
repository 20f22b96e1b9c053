"""Laws and known answers of the interventional decomposition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redheart.calculus.interventions.decomposition import decompose, walsh_coefficients
from redheart.calculus.interventions.subsets import all_subsets

UNITS = st.integers(2, 5)


@st.composite
def targets(draw):
    n = draw(UNITS)
    return n, draw(arrays(np.float64, 2**n, elements=st.floats(-10, 10, width=32)))


def shares_of(n, function):
    values = np.array([function(*row) for row in all_subsets(n)], dtype=float)
    return decompose(n, values).shares


def test_subsets_start_empty_end_whole_and_are_all_different():
    rows = all_subsets(4)
    assert rows.shape == (16, 4) and not rows[0].any() and rows[-1].all()
    assert rows[0b0101].tolist() == [True, False, True, False]
    assert len({tuple(row) for row in rows.tolist()}) == 16


def test_subsets_of_an_absurd_number_of_units_are_refused():
    with pytest.raises(ValueError, match="'21'"):
        all_subsets(21)


@pytest.mark.parametrize(
    ("function", "unique", "redundant", "synergistic"),
    [
        (lambda a, b: a or b, 2 / 3, 1 / 3, 0),
        (lambda a, b: a and b, 2 / 3, 0, 1 / 3),
        (lambda a, b: a ^ b, 0, 0, 1),
        (lambda a, b: 2.0 * a - 3.0 * b, 1, 0, 0),
    ],
    ids=["or", "and", "xor", "additive"],
)
def test_two_units_have_the_shares_known_by_hand(function, unique, redundant, synergistic):
    shares = shares_of(2, function)
    assert (shares.unique, shares.redundant, shares.synergistic) == pytest.approx((unique, redundant, synergistic))


@pytest.mark.parametrize("n", [2, 3, 6])
def test_units_of_which_one_suffices_have_redundant_interactions_only(n):
    shares = shares_of(n, lambda *units: any(units))
    assert shares.unique == pytest.approx(n / (2**n - 1)) and shares.synergistic == shares.leak == 0
    assert shares.redundant == pytest.approx(1 - shares.unique)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_units_that_count_only_all_together_have_synergistic_interactions_only(n):
    shares = shares_of(n, lambda *units: all(units))
    assert shares.unique == pytest.approx(n / (2**n - 1)) and shares.redundant == shares.leak == 0
    assert shares.synergistic == pytest.approx(1 - shares.unique)


def test_the_triple_of_a_majority_of_three_is_synergistic():
    shares = shares_of(3, lambda *units: sum(units) >= 2)
    assert (shares.unique, shares.synergistic, shares.redundant) == pytest.approx((0.75, 0.25, 0.0))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_parity_is_wholly_synergistic(n):
    shares = shares_of(n, lambda *units: sum(units) % 2)
    assert shares.synergistic == pytest.approx(1.0)


@pytest.mark.parametrize("n", [2, 4, 8])
def test_effects_that_add_up_are_unique_each_with_its_sign(n):
    effects = [(-1) ** i * (1 + i) for i in range(n)]
    result = decompose(n, np.where(all_subsets(n), effects, 0.0).sum(axis=1))
    assert result.shares is not None and result.shares.unique >= 0.99
    alone = [term.coefficient for term in result.terms if len(term.units) == 1]
    assert alone == pytest.approx([effect / 2 for effect in effects])


@pytest.mark.parametrize("ignored", [0, 2])
def test_every_term_of_an_ignored_unit_has_a_share_of_zero(ignored):
    def function(*units):
        left = [present for i, present in enumerate(units) if i != ignored]
        return left[0] and left[1]

    values = np.array([function(*row) for row in all_subsets(3)], dtype=float)
    assert all(term.share == 0 for term in decompose(3, values).terms if ignored in term.units)


def test_a_pair_of_opposite_signs_is_synergistic_not_redundant():
    result = decompose(2, np.array([0.0, 1.0, -1.0, -0.5]))
    assert {term.units: term.kind for term in result.terms}[(0, 1)] == "synergistic"


def test_a_unit_whose_presence_raises_the_target_has_a_positive_coefficient():
    terms = decompose(2, np.array([0.0, 1.0, -2.0, -1.0])).terms
    assert {term.units: term.coefficient for term in terms}[(0,)] == pytest.approx(0.5)
    assert {term.units: term.coefficient for term in terms}[(1,)] == pytest.approx(-1.0)


def test_a_target_that_does_not_vary_is_refused_with_the_reason():
    result = decompose(2, np.array([5.0, 5.0 + 1e-7, 5.0, 5.0]))
    assert result.shares is None and result.terms == () and "does not vary" in str(result.reason)


def test_a_variance_below_the_floor_is_refused_and_above_it_decomposed():
    below, above = (decompose(2, deviation * np.array([-1.0, 1.0, -1.0, 1.0])) for deviation in (0.9e-3, 1.1e-3))
    assert below.shares is None and "standard deviation 0.0009" in str(below.reason)
    assert above.shares is not None and above.shares.unique == pytest.approx(1)


def test_a_coefficient_within_the_resolution_has_no_sign_so_the_rounding_of_a_model_makes_no_redundancy():
    values = np.array([0.0, 1.0, 1.0, 0.0]) + np.array([0, 1e-5, 1e-5, 3e-5])  # exclusive or, with noise
    kinds = [{t.units: t.kind for t in decompose(2, values, resolution=r).terms}[(0, 1)] for r in (0.0, 1e-4)]
    assert kinds == ["redundant", "synergistic"]


def test_a_coefficient_of_a_billionth_of_the_deviation_still_has_a_sign_and_a_smaller_one_has_none():
    kinds = []
    for first in (3e-9, 0.3e-9):
        signs = np.where(all_subsets(2), 1.0, -1.0)
        values = first * signs.sum(axis=1) - signs.prod(axis=1)
        kinds.append({term.units: term.kind for term in decompose(2, values).terms}[(0, 1)])
    assert kinds == ["redundant", "synergistic"]


def test_one_unit_is_refused_with_the_reason():
    assert "at least two" in str(decompose(1, np.array([0.0, 1.0])).reason)


def test_a_wrong_number_of_values_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"\(3,\)"):
        decompose(2, np.zeros(3))


def test_a_value_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        decompose(2, np.array([0.0, 1.0, np.nan, 2.0]))


@given(targets())
def test_the_four_shares_sum_to_one_or_are_refused(case):
    shares = decompose(*case).shares
    if shares is not None:
        total = shares.unique + shares.redundant + shares.synergistic + shares.leak
        assert total == pytest.approx(1.0, abs=1e-9) and shares.leak == pytest.approx(0.0, abs=1e-9)


@given(targets())
def test_squared_coefficients_sum_to_the_mean_square(case):
    coefficients = walsh_coefficients(case[1])
    assert (coefficients**2).sum() == pytest.approx((case[1] ** 2).mean(), abs=1e-9)


@given(targets())
def test_the_fast_transform_agrees_with_the_sum_of_its_definition(case):
    n, values = case
    signs = np.where(all_subsets(n), 1.0, -1.0)
    for row, present in enumerate(all_subsets(n)):
        character = signs[:, present].prod(axis=1)
        assert walsh_coefficients(values)[row] == pytest.approx((values * character).mean(), abs=1e-9)


@given(targets(), st.randoms(use_true_random=False))
def test_renaming_the_units_renames_the_terms_only(case, random):
    n, values = case
    order = random.sample(range(n), n)
    renamed = values[(all_subsets(n)[:, order] @ (1 << np.arange(n))).astype(int)]  # unit order[i] is called i
    before = {term.units: (term.kind, term.share) for term in decompose(n, values).terms}
    for term in decompose(n, renamed).terms:
        kind, share = before[tuple(sorted(order.index(unit) for unit in term.units))]
        assert share == pytest.approx(term.share, abs=1e-9)
        assert kind == term.kind
