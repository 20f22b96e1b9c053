"""What the axes are composed of, and what a culture weighs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.culture import COMPOSITION, cultural_axes
from redheart.calculus.felicific.culture_weights import CULTURES, culture_weights
from redheart.types.emotions import AXIS_LABELS_KO, KOTE

PROBABILITIES = st.fixed_dictionaries(dict.fromkeys(KOTE, st.floats(0, 1)))
DEFINITIONS = {
    "jeong": ("affection", "loyalty"),
    "han": ("sorrow", "resentment"),
    "chemyeon": ("dignity", "social_face"),
}


def test_each_axis_is_composed_as_it_is_defined_and_every_label_is_one_of_kote():
    assert {axis: tuple(part.name for part in parts) for axis, parts in COMPOSITION.items()} == DEFINITIONS
    assert set(COMPOSITION) == set(AXIS_LABELS_KO)
    assert all(part.label in KOTE for parts in COMPOSITION.values() for part in parts)


def test_a_component_whose_name_no_label_bears_is_called_a_proxy():
    proxies = {part.name for parts in COMPOSITION.values() for part in parts if part.proxy}
    assert proxies == {"loyalty", "resentment", "dignity", "social_face"}


@settings(max_examples=60, deadline=None)
@given(PROBABILITIES)
def test_an_axis_is_the_mean_of_its_components_and_lies_between_them(kote):
    for axis in cultural_axes(kote).values():
        values = [part.value for part in axis.components]
        assert min(values) - 1e-12 <= axis.value <= max(values) + 1e-12
        assert axis.value == pytest.approx(sum(values) / 2)


def test_jeong_grows_with_either_of_its_components_and_with_nothing_else():
    nothing = dict.fromkeys(KOTE, 0.0)
    moved = [label for label in KOTE if cultural_axes(nothing | {label: 1.0})["jeong"].value > 0]
    assert sorted(moved) == sorted(["아껴주는", "고마움"])


def test_an_axis_with_an_unread_component_is_null_and_says_which():
    axis = cultural_axes({"서러움": 0.8})["han"]
    assert axis.value is None and "resentment" in axis.reason and "sorrow" not in axis.reason
    assert [part.value for part in axis.components] == [0.8, None]


def test_a_probability_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"서러움 is '1\.5'"):
        cultural_axes({"서러움": 1.5})


GROUPS = st.lists(st.tuples(st.sampled_from(["self", "other", "community"]), st.integers(1, 9)), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(CULTURES)), GROUPS)
def test_a_culture_moves_weight_between_the_persons_present_and_makes_none(name, parties):
    weights = culture_weights(name).shared_among(parties)
    persons = [count for _, count in parties]
    assert sum(map(float.__mul__, weights, map(float, persons))) == pytest.approx(sum(persons))
    for (group, _), weight in zip(parties, weights, strict=True):
        stated = culture_weights(name).persons
        assert weight * stated.get(parties[0][0], 1.0) == pytest.approx(weights[0] * stated.get(group, 1.0))


@pytest.mark.parametrize("name", CULTURES)
def test_a_teller_alone_weighs_the_same_in_every_culture(name):
    assert culture_weights(name).shared_among([("self", 1)]) == (1.0,)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(CULTURES)), st.floats(-0.5, 0.5))
def test_a_culture_moves_what_was_read_of_a_foundation_in_its_own_direction_and_never_turns_it(name, shift):
    weights = culture_weights(name)
    for foundation, multiplier in weights.foundations.items():
        moved = weights.strengthened(foundation, shift)
        assert (moved - shift) * (multiplier - 1) >= 0 and moved * shift >= 0
    assert weights.strengthened("care_harm", 0.0) == 0 and weights.strengthened("beauty", shift) == shift


@pytest.mark.parametrize("name", CULTURES)
def test_every_weight_of_a_culture_has_its_reason(name):
    weights = culture_weights(name)
    assert set(weights.reasons) == {*weights.persons, *weights.foundations, *weights.axes}


def test_the_west_puts_the_individual_first_and_the_others_the_group():
    assert culture_weights("western").persons["self"] > 1 > culture_weights("western").persons["community"]
    for name in ("eastern", "korean"):
        assert culture_weights(name).persons["self"] < 1 < culture_weights(name).persons["community"]


def test_nobodys_culture_weighs_nothing_and_an_unknown_one_is_refused():
    assert culture_weights("none").persons == culture_weights("none").foundations == {}
    with pytest.raises(ValueError, match="culture 'martian' is unknown; choose one of none, western"):
        culture_weights("martian")
