"""What a circumstance weighs by the evidence for it, and what that leaves of the calculus' laws."""

from dataclasses import replace
from math import atanh, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.bentham import CIRCUMSTANCES, Stake, hedonic, hedonic_core, mass, net_pleasure
from redheart.calculus.felicific.evidence_weights import (
    LEAST_CORRELATION,
    LEAST_ROWS,
    UNMEASURED_WEIGHT,
    evidence_weight,
    has_evidence,
    weighed_deviation,
    weighed_stake,
)

UNIT = st.floats(0.0, 1.0)
CORRELATION = st.floats(-1.0, 1.0)
STAKES = st.builds(
    Stake, st.just("who"), st.floats(-1.0, 1.0), UNIT, UNIT, UNIT, UNIT, UNIT, UNIT, st.just(0.125), st.just(1.0)
)
WEIGHTS = st.fixed_dictionaries(dict.fromkeys(CIRCUMSTANCES, UNIT))
FULL = dict.fromkeys(CIRCUMSTANCES, 1.0)
MULTIPLYING = ("intensity", "duration", "certainty", "propinquity")


@given(CORRELATION, CORRELATION)
def test_a_better_correlation_never_weighs_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= evidence_weight(low, LEAST_ROWS) <= evidence_weight(high, LEAST_ROWS) <= 1.0


@given(CORRELATION, st.integers(0, 10_000))
def test_only_what_has_evidence_weighs_in_full(r: float, rows: int) -> None:
    assert (evidence_weight(r, rows) == 1.0) == has_evidence(r, rows)


def test_a_contrary_factor_is_left_out_and_an_unmeasured_one_is_not() -> None:
    assert evidence_weight(-0.4, LEAST_ROWS) == 0.0
    assert evidence_weight(None, 0) == evidence_weight(0.9, LEAST_ROWS - 1) == UNMEASURED_WEIGHT
    assert not has_evidence(None, LEAST_ROWS) and not has_evidence(0.9, LEAST_ROWS - 1)


def test_the_threshold_is_the_least_that_so_many_rows_tell_from_nothing() -> None:
    lower = atanh(LEAST_CORRELATION) - 1.96 / sqrt(LEAST_ROWS - 3)
    assert lower > 0 and atanh(LEAST_CORRELATION - 0.01) - 1.96 / sqrt(LEAST_ROWS - 3) < 0


def test_what_is_no_correlation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'1\.5' lies outside"):
        evidence_weight(1.5, LEAST_ROWS)


@given(STAKES, st.integers(1, 50))
def test_full_weights_leave_every_circumstance_as_it_is(stake: Stake, persons: int) -> None:
    found = weighed_stake(stake, persons, FULL)
    assert found.extent == pytest.approx(stake.extent)
    assert hedonic(found) == pytest.approx(hedonic(stake), abs=1e-12)


@given(STAKES)
def test_without_any_weight_one_person_counts_once_by_the_sign_alone(stake: Stake) -> None:
    positive = replace(stake, **{name: max(0.01, getattr(stake, name)) for name in MULTIPLYING})
    found = weighed_stake(positive, 1, dict.fromkeys(CIRCUMSTANCES, 0.0))
    assert mass(found) == pytest.approx(0.125)
    assert hedonic_core([found]) == pytest.approx(net_pleasure([found]))


@given(STAKES, WEIGHTS, st.sampled_from(MULTIPLYING))
def test_a_certain_nothing_stays_nothing_however_little_it_weighs(stake: Stake, weights, name: str) -> None:
    if name != "propinquity":  # far off is still worth something
        assert mass(weighed_stake(replace(stake, **{name: 0.0}), 1, weights)) == 0.0


@given(STAKES, WEIGHTS, st.sampled_from(CIRCUMSTANCES[:-1]), UNIT, UNIT)
def test_more_of_a_circumstance_is_never_less_after_weighing(stake: Stake, weights, name: str, one, other) -> None:
    low, high = (weighed_stake(replace(stake, **{name: x}), 1, weights) for x in sorted((one, other)))
    assert 0.0 <= getattr(low, name) <= getattr(high, name) <= 1.0


@given(STAKES, WEIGHTS)
def test_a_pain_is_still_the_negative_of_the_same_pleasure(stake: Stake, weights) -> None:
    pleasure, pain = (weighed_stake(replace(stake, valence=v), 3, weights) for v in (0.5, -0.5))
    assert hedonic(pain) == -hedonic(pleasure)


@given(STAKES, UNIT, st.integers(1, 20))
def test_each_further_person_adds_the_weight_of_extent_and_all_count_alike(stake: Stake, weight, persons) -> None:
    total = persons * mass(weighed_stake(stake, persons, FULL | {"extent": weight}))
    one = mass(weighed_stake(stake, 1, FULL | {"extent": weight}))
    assert total == pytest.approx(one * (1 + weight * (persons - 1)), abs=1e-12)


@given(st.sampled_from(CIRCUMSTANCES), UNIT, st.floats(0.0, 0.5))
def test_a_deviation_of_full_weight_stays_and_of_no_weight_vanishes(name: str, value: float, deviation: float) -> None:
    assert weighed_deviation(name, value, deviation, FULL) == pytest.approx(deviation)
    none = dict.fromkeys(CIRCUMSTANCES, 0.0)
    assert weighed_deviation(name, value, deviation, none) == pytest.approx(0.0, abs=1e-12)


def test_the_smaller_weight_of_the_two_holds_for_all_that_follows() -> None:
    stake = Stake("who", 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.4, 0.125)
    found = weighed_stake(stake, 1, FULL | {"purity": 0.5})
    assert (found.fecundity, found.purity) == (pytest.approx(0.3), pytest.approx(0.7))


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    stake = Stake("who", 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.4, 0.125)
    with pytest.raises(ValueError, match="weight of purity"):
        weighed_stake(stake, 1, FULL | {"purity": weight})
