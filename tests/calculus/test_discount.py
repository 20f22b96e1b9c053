"""What the two discounts agree and differ in."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.felicific.discount import DISCOUNTS, discounted, exponential, hyperbolic

DELAY = st.floats(0, 100)


@pytest.mark.parametrize("name", DISCOUNTS)
@given(DELAY, DELAY)
def test_what_is_now_keeps_its_value_and_what_is_later_never_counts_more(name, near, farther):
    assert discounted(0.0, name) == 1.0
    assert 0 < discounted(near + farther, name) <= discounted(near, name) <= 1


def test_hyperbolic_discounting_turns_a_preference_round_as_both_rewards_draw_near():
    small, large = 5.0, 8.0  # the large one comes 1.0 later
    assert small * hyperbolic(0.0) > large * hyperbolic(1.0)
    assert small * hyperbolic(10.0) < large * hyperbolic(11.0)


@given(DELAY, st.floats(0, 5))
def test_exponential_discounting_keeps_every_ratio_however_far_off(delay, gap):
    assert exponential(delay + gap) / exponential(delay) == pytest.approx(exponential(gap))


@pytest.mark.parametrize("delay", [-0.1, math.nan, math.inf])
def test_a_delay_that_is_none_is_refused(delay):
    for name in DISCOUNTS:
        with pytest.raises(ValueError, match="delay is"):
            discounted(delay, name)
