"""Laws and known answers of the interventional decomposition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redheart.calculus.decomposition import decompose, walsh_coefficients
from redheart.calculus.subsets import all_subsets

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


def test_three_units_that_say_the_same_are_redundant_beyond_first_order():
    shares = shares_of(3, lambda a, b, c: a or b or c)
    assert (shares.unique, shares.redundant, shares.synergistic) == pytest.approx((3 / 7, 4 / 7, 0))


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
