"""Laws of the felicific calculus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.bentham import felicific_value
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

UNIT = st.floats(0, 1)
FACTORS = st.fixed_dictionaries(dict.fromkeys(BENTHAM_FACTORS, UNIT))
LAYERS = st.fixed_dictionaries({name: st.floats(0.7, 1.5) for name in WEIGHT_LAYERS})
EVEN = dict.fromkeys(WEIGHT_LAYERS, 1.0)
HALF = dict.fromkeys(BENTHAM_FACTORS, 0.5)


@pytest.mark.parametrize("name", ["intensity", "duration", "certainty", "propinquity", "extent", "fecundity", "purity"])
@given(factors=FACTORS, layers=LAYERS, more=UNIT)
def test_more_of_a_classical_factor_never_lessens_a_pleasure(name, factors, layers, more):
    greater = factors | {name: max(more, factors[name])}
    before, after = felicific_value(0.4, factors, layers), felicific_value(0.4, greater, layers)
    assert after.hedonic >= before.hedonic - 1e-12


@given(FACTORS, LAYERS)
def test_what_is_sure_not_to_happen_is_worth_nothing(factors, layers):
    result = felicific_value(0.9, factors | {"certainty": 0.0}, layers)
    assert result.hedonic == 0 and result.score == 0


@given(FACTORS, LAYERS, st.floats(0.01, 1))
def test_a_pain_is_the_negative_of_the_same_pleasure(factors, layers, valence):
    pleasure, pain = felicific_value(valence, factors, layers), felicific_value(-valence, factors, layers)
    assert pain.hedonic == -pleasure.hedonic and pain.costs == pleasure.costs


@given(FACTORS, LAYERS, UNIT)
def test_the_value_is_homogeneous_in_extent(factors, layers, share):
    whole = felicific_value(-0.5, factors, layers)
    part = felicific_value(-0.5, factors | {"extent": factors["extent"] * share}, layers)
    assert part.score == pytest.approx(whole.score * share, abs=1e-9)


@given(FACTORS, LAYERS, UNIT)
def test_the_values_of_two_groups_add_up_to_the_value_of_both(factors, layers, share):
    def score(extent: float) -> float:
        return felicific_value(0.5, factors | {"extent": extent}, layers).score

    first = factors["extent"] * share
    assert score(first) + score(factors["extent"] - first) == pytest.approx(score(factors["extent"]), abs=1e-9)


@pytest.mark.parametrize(("name", "direction"), [("external_cost", -1), ("self_damage", -1), ("redistribution", 1)])
@given(factors=FACTORS, layers=LAYERS, more=UNIT, valence=st.floats(-1, 1))
def test_costs_never_raise_and_redistribution_never_lowers_the_score(name, direction, factors, layers, more, valence):
    greater = factors | {name: max(more, factors[name])}
    change = felicific_value(valence, greater, layers).score - felicific_value(valence, factors, layers).score
    assert change * direction >= -1e-12


def test_a_cost_lowers_the_score_of_pleasure_and_of_pain():
    for valence in (0.5, -0.5):
        dear = felicific_value(valence, HALF | {"external_cost": 1.0}, EVEN)
        assert dear.score < felicific_value(valence, HALF, EVEN).score


@pytest.mark.parametrize("name", BENTHAM_FACTORS)
def test_a_missing_factor_leaves_no_score_and_is_named(name):
    for factors in (HALF | {name: None}, {key: value for key, value in HALF.items() if key != name}):
        result = felicific_value(0.5, factors, EVEN)
        assert result.score is None and result.missing == (name,)


@pytest.mark.parametrize("name", WEIGHT_LAYERS)
def test_each_layer_multiplies_the_score(name):
    heavier = felicific_value(0.5, HALF, EVEN | {name: 1.5})
    assert heavier.score == pytest.approx(1.5 * felicific_value(0.5, HALF, EVEN).score)


def test_a_pleasure_surely_followed_by_its_opposite_comes_to_nothing():
    factors = HALF | {"fecundity": 0.0, "purity": 0.0}
    assert felicific_value(0.5, factors, EVEN).hedonic == 0


def test_the_worked_example_of_the_formula():
    factors = dict.fromkeys(BENTHAM_FACTORS, 1.0) | {"propinquity": 0.0, "extent": 0.5, "fecundity": 0.0}
    result = felicific_value(-1.0, factors, EVEN)
    assert result.hedonic == -0.25 and result.costs == pytest.approx(0.25 * (1 / 16 - 1 / 8 - 1 / 16))


@pytest.mark.parametrize("factors", [HALF | {"intensity": 1.2}, HALF | {"warmth": 0.5}])
def test_a_factor_out_of_range_or_unknown_is_refused(factors):
    with pytest.raises(ValueError, match=r"intensity is '1\.2'|'warmth'"):
        felicific_value(0.5, factors, EVEN)


def test_layers_that_are_not_the_six_are_refused():
    with pytest.raises(ValueError, match="the six are"):
        felicific_value(0.5, HALF, {"temporal": 1.0})
