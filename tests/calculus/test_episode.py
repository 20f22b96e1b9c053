"""Total utility is an integral over time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.felicific.episode import total_utility

EPISODE = st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 9)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(EPISODE, EPISODE)
def test_one_episode_after_another_adds_its_utility_and_the_order_does_not_matter(first, second):
    def total(parts):
        return total_utility([moment for moment, _ in parts], [length for _, length in parts])

    assert total(first + second) == pytest.approx(total(second) + total(first), abs=1e-9)


def test_a_moment_cut_in_two_is_the_same_moment():
    assert total_utility([0.5, -1.0], [2.0, 3.0]) == total_utility([0.5, 0.5, -1.0], [1.5, 0.5, 3.0]) == -2.0


@pytest.mark.parametrize(("moments", "lengths"), [([1.0], []), ([math.nan], [1.0]), ([1.0], [-1.0])])
def test_what_has_no_integral_is_refused(moments, lengths):
    with pytest.raises(ValueError, match="'"):
        total_utility(moments, lengths)
