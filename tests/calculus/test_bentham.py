"""Laws of the felicific calculus: first of the core, before costs and layers, then of the whole."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.bentham import (
    CIRCUMSTANCES,
    COST_WEIGHTS,
    Stake,
    felicific_value,
    hedonic,
    hedonic_core,
    net_pleasure,
)
from redheart.calculus.felicific.discount import DISCOUNTS
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

UNIT = st.floats(0, 1)
VALENCE = st.floats(-1, 1)
DISCOUNT = st.sampled_from(sorted(DISCOUNTS))
STAKES = st.builds(Stake, st.just("someone"), VALENCE, *[UNIT] * 7, st.floats(0.1, 3))
COSTS = st.fixed_dictionaries(dict.fromkeys(COST_WEIGHTS, UNIT))
LAYERS = st.fixed_dictionaries({name: st.floats(0.3, 2.5) for name in WEIGHT_LAYERS})
EVEN = dict.fromkeys(WEIGHT_LAYERS, 1.0)
HALF = Stake("someone", 0.5, *[0.5] * 7)
NO_COSTS = dict.fromkeys(COST_WEIGHTS, 0.0)
few = settings(max_examples=60, deadline=None)


# --- the core -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CIRCUMSTANCES)
@few
@given(stake=STAKES, more=UNIT, discount=DISCOUNT)
def test_the_magnitude_never_falls_with_more_of_a_circumstance(name, stake, more, discount):
    greater = replace(stake, **{name: max(more, getattr(stake, name))})
    assert abs(hedonic(greater, discount)) >= abs(hedonic(stake, discount)) - 1e-12


@pytest.mark.parametrize("name", ["intensity", "duration", "certainty"])
def test_the_magnitude_really_rises_with_intensity_duration_and_probability(name):
    for valence in (0.5, -0.5):
        low, high = (abs(hedonic(replace(HALF, valence=valence, **{name: x}))) for x in (0.4, 0.8))
        assert high == pytest.approx(2 * low) and low > 0


@few
@given(STAKES, DISCOUNT)
def test_what_is_sure_not_to_happen_is_worth_nothing(stake, discount):
    assert hedonic(replace(stake, certainty=0.0), discount) == 0


@few
@given(STAKES, DISCOUNT)
def test_a_pain_is_the_negative_of_the_same_pleasure(stake, discount):
    assert hedonic(replace(stake, valence=-stake.valence), discount) == -hedonic(stake, discount)


@pytest.mark.parametrize("valence", [1.0, -1.0])
def test_impurity_bears_the_sign_opposite_to_the_value(valence):
    pure = hedonic(replace(HALF, valence=valence, purity=1.0))
    change = hedonic(replace(HALF, valence=valence, purity=0.25)) - pure
    assert change * valence < 0


@few
@given(st.lists(STAKES, max_size=4), st.lists(STAKES, max_size=4), DISCOUNT)
def test_the_core_of_two_groups_is_the_sum_of_their_cores(some, others, discount):
    both = hedonic_core((*some, *others), discount)
    assert both == pytest.approx(hedonic_core(some, discount) + hedonic_core(others, discount), abs=1e-12)


@few
@given(STAKES, st.integers(1, 9), DISCOUNT)
def test_as_many_equal_persons_count_as_one_of_that_extent(stake, persons, discount):
    many = replace(stake, extent=stake.extent * persons)
    assert hedonic(many, discount) == pytest.approx(hedonic_core([stake] * persons, discount), abs=1e-12)


@few
@given(STAKES, UNIT, st.floats(0.1, 1))
def test_fecundity_is_a_ratio_without_a_unit(stake, fecundity, scale):
    """What a feeling's fruitfulness adds, over the feeling, does not depend on how great the feeling is."""
    felt = replace(stake, intensity=max(0.1, stake.intensity), duration=1.0, certainty=1.0, extent=1.0, purity=1.0,
                   valence=1.0)  # fmt: skip
    small = replace(felt, intensity=felt.intensity * scale)
    ratios = [hedonic(replace(s, fecundity=fecundity)) / hedonic(replace(s, fecundity=0.0)) for s in (felt, small)]
    assert ratios == pytest.approx([1 + fecundity] * 2)


def test_a_pleasure_surely_followed_by_its_opposite_comes_to_nothing():
    assert hedonic(replace(HALF, fecundity=0.0, purity=0.0)) == 0


@pytest.mark.parametrize(("discount", "half"), [("hyperbolic", 0.5), ("exponential", 0.5), ("none", 1.0)])
def test_the_farthest_feeling_counts_half_under_either_discount(discount, half):
    near, far = replace(HALF, propinquity=1.0), replace(HALF, propinquity=0.0)
    assert hedonic(far, discount) == pytest.approx(half * hedonic(near, discount))


@few
@given(STAKES)
def test_net_pleasure_is_signed_intensity_by_duration_by_probability_over_persons(stake):
    sign = math.copysign(1, stake.valence) if stake.valence else 0
    product = stake.intensity * stake.duration * stake.certainty * stake.extent
    assert net_pleasure([stake, stake]) == pytest.approx(2 * sign * product, abs=1e-12)


# --- the whole ------------------------------------------------------------------------------------------------------


@few
@given(st.lists(STAKES, min_size=1, max_size=4), COSTS, LAYERS)
def test_the_layers_multiply_once_after_the_sum_over_persons(stakes, costs, layers):
    value = felicific_value(stakes, costs, layers)
    assert value.core == pytest.approx(hedonic_core(stakes), abs=1e-12)
    assert value.score == pytest.approx(math.prod(layers.values()) * (value.core + value.costs), abs=1e-9)


@few
@given(st.lists(STAKES, min_size=1, max_size=4), COSTS)
def test_the_contributions_of_the_persons_sum_to_the_core(stakes, costs):
    value = felicific_value(stakes, costs, EVEN)
    assert math.fsum(part.value for part in value.contributions) == pytest.approx(value.core, abs=1e-12)


@pytest.mark.parametrize(("name", "direction"), [("external_cost", -1), ("self_damage", -1), ("redistribution", 1)])
@few
@given(stake=STAKES, costs=COSTS, layers=LAYERS, more=UNIT)
def test_costs_never_raise_and_redistribution_never_lowers_the_score(name, direction, stake, costs, layers, more):
    greater = costs | {name: max(more, costs[name])}
    change = felicific_value([stake], greater, layers).score - felicific_value([stake], costs, layers).score
    assert change * direction >= -1e-12


@pytest.mark.parametrize("name", ["external_cost", "self_damage"])
def test_a_cost_lowers_the_score_of_pleasure_and_of_pain(name):
    for valence in (0.5, -0.5):
        dear = felicific_value([replace(HALF, valence=valence)], NO_COSTS | {name: 1.0}, EVEN)
        assert dear.score < felicific_value([replace(HALF, valence=valence)], NO_COSTS, EVEN).score
        assert dear.costs < 0


@few
@given(STAKES, COSTS)
def test_costs_do_not_turn_with_the_sign_of_the_feeling(stake, costs):
    turned = felicific_value([replace(stake, valence=-stake.valence)], costs, EVEN)
    assert turned.costs == felicific_value([stake], costs, EVEN).costs


@pytest.mark.parametrize("name", BENTHAM_FACTORS)
def test_a_missing_factor_leaves_no_score_and_is_named(name):
    stake = replace(HALF, **{name: None}) if name in CIRCUMSTANCES else HALF
    value = felicific_value([HALF, stake], NO_COSTS | ({name: None} if name in COST_WEIGHTS else {}), EVEN)
    assert value.score is None and value.missing == (name,)
    assert (value.core is None) == (name in CIRCUMSTANCES) and bool(value.contributions) == (name in COST_WEIGHTS)


@pytest.mark.parametrize("name", WEIGHT_LAYERS)
def test_each_layer_multiplies_the_score(name):
    heavier = felicific_value([HALF], NO_COSTS, EVEN | {name: 1.5})
    assert heavier.score == pytest.approx(1.5 * felicific_value([HALF], NO_COSTS, EVEN).score)


def test_the_worked_example_of_the_formula():
    stake = Stake("someone", -1.0, 1.0, 1.0, 1.0, propinquity=0.0, fecundity=0.0, purity=1.0, extent=0.5)
    value = felicific_value([stake], dict.fromkeys(COST_WEIGHTS, 1.0), EVEN | {"social": 2.0})
    assert value.core == -0.25 and value.costs == pytest.approx(0.25 * (1 / 16 - 1 / 8 - 1 / 16))
    assert value.score == pytest.approx(2 * (value.core + value.costs))


@pytest.mark.parametrize(
    ("stakes", "costs", "layers", "words"),
    [
        ([replace(HALF, intensity=1.2)], NO_COSTS, EVEN, r"intensity of 'someone' is '1\.2'"),
        ([replace(HALF, extent=-1.0)], NO_COSTS, EVEN, r"extent of 'someone' is '-1\.0'"),
        ([replace(HALF, valence=math.nan)], NO_COSTS, EVEN, "valence 'nan'"),
        ([replace(HALF, weight=0.0)], NO_COSTS, EVEN, r"weight of 'someone' is '0\.0'"),
        ([HALF], NO_COSTS | {"warmth": 0.5}, EVEN, "unknown cost"),
        ([HALF], NO_COSTS | {"self_damage": 2.0}, EVEN, r"self_damage is '2\.0'"),
        ([HALF], NO_COSTS, {"temporal": 1.0}, "the six are"),
        ([HALF], NO_COSTS, EVEN | {"social": 0.0}, "layer social is"),
        ([], NO_COSTS, EVEN, "at least its teller"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused(stakes, costs, layers, words):
    with pytest.raises(ValueError, match=words):
        felicific_value(stakes, costs, layers)


def test_an_unknown_discount_is_refused_by_name():
    with pytest.raises(ValueError, match="'parabolic' is unknown; choose one of hyperbolic"):
        hedonic(HALF, "parabolic")
