"""Laws of anticipated regret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.regret import anticipated_regret, best_rivals

UTILITIES = st.lists(st.floats(-20, 20), min_size=1, max_size=6)


@given(UTILITIES)
def test_the_best_option_is_not_regretted_and_none_is_negative(utilities):
    regrets = anticipated_regret(utilities)
    assert regrets[utilities.index(max(utilities))] == 0 and min(regrets) >= 0


@given(UTILITIES, st.floats(0, 5))
def test_regret_of_a_worse_option_grows_with_its_gap(utilities, more):
    worst = min(range(len(utilities)), key=lambda option: utilities[option])
    lowered = [utility - more * (option == worst) for option, utility in enumerate(utilities)]
    assert anticipated_regret(lowered)[worst] >= anticipated_regret(utilities)[worst]


@given(UTILITIES, st.floats(-20, 20))
def test_a_common_shift_of_all_utilities_changes_no_regret(utilities, shift):
    shifted = anticipated_regret([utility + shift for utility in utilities])
    assert shifted == pytest.approx(anticipated_regret(utilities), abs=1e-9)


def test_only_the_best_forgone_option_counts():
    assert anticipated_regret([1.0, 3.0, 2.0, 2.5]) == (2.0, 0.0, 1.0, 0.5)
    assert best_rivals([1.0, 3.0, 2.0, 2.5]) == (1, 3, 1, 1)


def test_a_single_option_forgoes_nothing():
    assert anticipated_regret([-3.0]) == (0.0,) and best_rivals([-3.0]) == (None,)
