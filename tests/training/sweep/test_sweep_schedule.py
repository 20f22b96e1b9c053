"""Twenty-five rates: distinct, near the best of all, never far beyond what was asked for."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import ConfigError
from redheart.training.sweep.schedule import (
    BEYOND,
    TOLERANCE,
    Interval,
    Scored,
    best,
    first_interval,
    next_interval,
    rate_text,
    same_rate,
    stage_rates,
)

LOWEST, HIGHEST = 1e-5, 1e-2
losses = st.one_of(st.floats(0, 10), st.just(math.inf))
scripts = st.lists(losses, min_size=25, max_size=25).filter(lambda drawn: any(map(math.isfinite, drawn[:5])))
folders = st.lists(st.floats(1e-7, 1), max_size=12)


def walk(script: list[float], earlier: list[float]) -> tuple[list[Scored], list[Interval]]:
    """A whole search whose n-th trial has the n-th loss of the script."""
    tried: list[Scored] = []
    intervals = [first_interval(LOWEST, HIGHEST)]
    for stage in range(5):
        rates = stage_rates(intervals[-1], [*earlier, *(point.lr for point in tried)], with_ends=stage == 0)
        tried += [Scored(rate, script[len(tried) + place]) for place, rate in enumerate(rates)]
        intervals.append(next_interval(tried, intervals[-1], LOWEST, HIGHEST))
    return tried, intervals


def test_the_first_stage_is_the_five_rates_of_the_plan():
    assert stage_rates(first_interval(1e-5, 1e-2), [], with_ends=True) == (
        1e-5,
        pytest.approx(5.62341e-5),
        pytest.approx(3.16228e-4),
        pytest.approx(1.77828e-3),
        1e-2,
    )


@given(script=scripts, earlier=folders)
def test_a_search_tries_25_rates_no_two_of_them_alike_nor_like_any_tried_before(script, earlier):
    tried, _ = walk(script, earlier)
    rates = sorted(point.lr for point in tried)
    assert len(rates) == 25
    assert all(high / low > 1 + TOLERANCE / 2 for low, high in itertools.pairwise(rates))
    assert not any(same_rate(rate, old) for rate in rates for old in earlier)


@given(script=scripts)
def test_every_rate_is_positive_and_at_most_a_decade_beyond_what_was_asked_for_but_for_nudges(script):
    tried, intervals = walk(script, [])
    assert all(LOWEST / BEYOND * 0.999 <= interval.low < interval.high for interval in intervals)
    assert all(0 < point.lr < HIGHEST * BEYOND * 1.1**25 for point in tried)


@given(script=scripts)
def test_every_interval_lies_around_the_best_of_all_stages(script):
    tried, intervals = walk(script, [])
    for stage, interval in enumerate(intervals[1:], start=1):
        winner = best(tried[: 5 * stage])
        assert interval.low <= winner.lr <= interval.high
        assert all(not interval.low < point.lr < interval.high or point == winner for point in tried[: 5 * stage])


@given(script=scripts)
def test_an_interval_that_does_not_shrink_says_why(script):
    _, intervals = walk(script, [])
    for before, after in itertools.pairwise(intervals):
        assert after.log_width < before.log_width or "no narrower" in after.why or "one step beyond" in after.why


@given(script=scripts)
def test_a_trial_that_diverged_is_never_the_best(script):
    tried, _ = walk(script, [])
    assert math.isfinite(best(tried).loss)


def test_the_zoom_stays_at_the_best_of_all_when_a_later_stage_is_worse():
    # Stage 1 is worse throughout: a search that follows the last stage's best would go to 1e-3.
    first = [Scored(rate, loss) for rate, loss in ((1e-5, 5), (1e-4, 4), (1e-3, 1), (1e-2, 4), (1e-1, 5))]
    later = [Scored(rate, loss) for rate, loss in ((2e-4, 3), (5e-4, 2.5), (2e-3, 2), (3e-3, 2.2), (5e-3, 3))]
    found = next_interval(first + later, first_interval(1e-5, 1e-1), 1e-5, 1e-1)
    assert (found.low, found.high) == (5e-4, 2e-3)


def test_neighbours_may_come_from_any_stage():
    tried = [Scored(1e-3, 1), Scored(1e-4, 2), Scored(9e-4, 3), Scored(1e-2, 2), Scored(1.2e-3, math.inf)]
    found = next_interval(tried, first_interval(1e-5, 1e-1), 1e-5, 1e-1)
    assert (found.low, found.high) == (9e-4, 1.2e-3)


@pytest.mark.parametrize(("winner", "low", "high"), [(0, 2e-6, 5e-5), (2, 5e-5, 1.25e-3)])
def test_a_best_rate_at_the_rim_is_followed_one_step_beyond(winner, low, high):
    tried = [Scored(rate, 0.0 if place == winner else 1.0) for place, rate in enumerate((1e-5, 5e-5, 2.5e-4))]
    found = next_interval(tried, first_interval(1e-5, 2.5e-4), 1e-5, 2.5e-4)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert "one step beyond" in found.why


def test_a_step_beyond_stops_a_decade_beyond_what_was_asked_for():
    tried = [Scored(1e-2, 0.0), Scored(5.0, 1.0)]
    assert next_interval(tried, first_interval(1e-2, 5.0), 1e-2, 5.0).low == pytest.approx(1e-3)


def test_a_rate_tried_before_is_nudged_by_a_tenth_until_it_is_new():
    interval = first_interval(1e-4, 1.0)
    nudged = stage_rates(interval, [1e-4 * (1 + 1e-4), 1.1e-4, 1e-2], with_ends=True)
    assert nudged == (1.21e-4, 1e-3, 1.1e-2, 1e-1, 1.0)


def test_a_narrow_interval_still_gives_five_new_rates():
    rates = stage_rates(Interval(low=1e-3, high=1.0001e-3, why="narrow"), [1e-3])
    assert sorted(rates) == list(rates)
    assert all(not same_rate(low, high) for low, high in itertools.pairwise(rates))


@pytest.mark.parametrize("lowest", [1e-2, 2e-2])
def test_a_range_upside_down_is_refused_by_name(lowest):
    with pytest.raises(ConfigError, match=r"train\.sweep\.lowest '.*' is not below train\.sweep\.highest '1e-2'"):
        first_interval(lowest, 1e-2)


@pytest.mark.parametrize(("rate", "text"), [(1e-5, "1e-5"), (3.16228e-4, "3.16e-4"), (0.05, "5e-2"), (10.0, "1e1")])
def test_rates_are_written_with_three_digits(rate, text):
    assert rate_text(rate) == text
