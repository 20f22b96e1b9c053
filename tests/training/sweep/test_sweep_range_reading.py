"""What a range test suggests, on curves whose answer is known."""

import math
import random

import pytest

from redheart.training.sweep.range_reading import read_range

RATES = [10 ** (-6 + 5 * place / 239) for place in range(240)]


def bowl(rate: float) -> float:
    """Falls fastest at 1e-4 and is lowest near 1e-2, then blows up."""
    return 2 / (1 + (rate / 1e-4)) + max(0.0, math.log(rate / 1e-2)) ** 2


def test_the_steepest_fall_and_a_tenth_of_the_minimum_are_found():
    found = read_range([(rate, bowl(rate)) for rate in RATES])
    assert found.steepest == pytest.approx(1e-4, rel=0.1)
    assert found.tenth_of_minimum == pytest.approx(1e-3, rel=0.25)


def test_noise_of_single_steps_is_smoothed_away():
    draw = random.Random(3)
    found = read_range([(rate, bowl(rate) + draw.gauss(0, 0.02)) for rate in RATES])
    assert found.steepest == pytest.approx(1e-4, rel=0.9)


def test_the_curve_is_read_up_to_four_times_its_lowest_loss():
    found = read_range([(rate, 1.0 if rate < 1e-3 else 1.0 + 1e3 * rate) for rate in RATES])
    assert len(found.rates) == len(found.smoothed) < 240
    assert max(found.smoothed) <= 4


def test_a_second_fall_beyond_the_stop_is_not_read():
    curve = [(rate, bowl(rate) if rate < 3e-2 else 50.0) for rate in RATES] + [(1.0, 0.0), (1.1, 0.0), (1.2, 0.0)]
    assert read_range(curve).tenth_of_minimum == pytest.approx(1e-3, rel=0.25)


@pytest.mark.parametrize("lost", [math.nan, math.inf])
def test_the_curve_ends_at_the_first_loss_that_is_not_finite(lost):
    curve = [(rate, bowl(rate) if rate < 5e-3 else lost) for rate in RATES]
    found = read_range(curve)
    assert max(found.rates) < 5e-3
    assert found.steepest == pytest.approx(1e-4, rel=0.1)


def test_a_loss_that_never_falls_suggests_nothing_and_says_so():
    found = read_range([(rate, 1.0 + rate) for rate in RATES])
    assert (found.steepest, found.tenth_of_minimum, found.refusal) == (None, None, "the loss never fell")


@pytest.mark.parametrize(("points", "said"), [(0, "0 steps"), (1, "1 step"), (7, "7 steps")])
def test_too_few_steps_suggest_nothing_and_say_so(points, said):
    found = read_range([(rate, 1 / rate) for rate in RATES[:points]])
    assert found.steepest is None
    assert found.refusal is not None and f"only {said} before" in found.refusal
