"""Which rule moves which layer, and what a layer says when none does."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.felicific.weight_layers import LayerContext, weight_layers
from redheart.types.readings import WEIGHT_LAYERS

NOTHING = LayerContext(
    sentences=1, persons=1, community=False, urgency=None, ethics={}, valence=0.0, arousal=0.0, intensity=None,
    axes={}, uncertainty=None,
)  # fmt: skip


def test_layers_with_nothing_to_go_on_are_one_and_say_so():
    layers = weight_layers(NOTHING)
    assert layers.values == dict.fromkeys(WEIGHT_LAYERS, 1.0)
    assert "temporal 1: no time word in the text" in layers.reasons


@pytest.mark.parametrize(
    ("layer", "known", "value"),
    [
        ("contextual", {"sentences": 2}, 1.2),
        ("contextual", {"community": True}, 1.3),
        ("contextual", {"sentences": 2, "community": True}, 1.56),
        ("temporal", {"urgency": 0.9}, 1.4),
        ("temporal", {"urgency": 0.1}, 0.7),
        ("temporal", {"urgency": 0.5}, 1.0),
        ("social", {"persons": 10}, 1.1),
        ("ethical", {"ethics": {"care_harm": 0.8}}, 1.4),
        ("social", {"vulnerable": ("child",)}, 1.4),
        ("social", {"influential": ("boss",)}, 1.3),
        ("ethical", {"ethics": {"care_harm": 0.5}}, 1.0),
        ("emotional", {"axes": {"han": 0.6}, "axis_weights": {"han": 1.3}}, 1.3),
        ("emotional", {"axes": {"han": 0.6}}, 1.0),
        ("emotional", {"axes": {"han": 0.5}, "axis_weights": {"han": 1.3}}, 1.0),
        ("emotional", {"intensity": 1.0, "valence": -1.0, "arousal": 1.0}, 1.1),
        ("cognitive", {"uncertainty": 0.8}, 0.9),
        ("cognitive", {"uncertainty": 0.2}, 1.1),
        ("cognitive", {"load": 0.9}, 0.8),
        ("cognitive", {"load": 0.1}, 1.2),
        ("cognitive", {"load": 0.5, "uncertainty": 0.5}, 1.0),
    ],
)
def test_what_is_known_moves_its_own_layer_only(layer, known, value):
    values = weight_layers(replace(NOTHING, **known)).values
    assert values == pytest.approx(dict.fromkeys(WEIGHT_LAYERS, 1.0) | {layer: value})


def test_an_urgency_that_is_the_propinquity_already_is_not_counted_twice():
    layers = weight_layers(replace(NOTHING, urgency=0.9, urgency_counted=True))
    assert layers.values["temporal"] == 1.0
    assert layers.reasons[1] == "temporal 1: urgency 0.90 is the propinquity already and is not counted twice"


def test_a_culture_that_keeps_one_principle_down_is_named_beside_the_other():
    known = {"ethics": {"care_harm": 0.8, "fairness": 0.69}, "ethics_without_culture": {"fairness": 0.72}}
    reason = weight_layers(replace(NOTHING, **known, culture="eastern")).reasons[3]
    assert "safety weighs 0.80" in reason and "by the eastern culture alone: justice is 0.72 without it" in reason


@pytest.mark.parametrize(("with_it", "without", "told"), [(0.72, 0.68, True), (0.68, 0.72, True), (0.8, 0.75, False)])
def test_a_culture_that_takes_a_principle_over_the_threshold_is_named(with_it, without, told):
    known = {"ethics": {"fairness": with_it}, "ethics_without_culture": {"fairness": without}, "culture": "western"}
    reason = weight_layers(replace(NOTHING, **known)).reasons[3]
    assert (f"by the western culture alone: justice is {without:.2f} without it" in reason) == told


CONTEXTS = st.fixed_dictionaries(
    {
        "sentences": st.integers(1, 99),
        "persons": st.integers(1, 10**9),
        "community": st.booleans(),
        "ethics": st.dictionaries(st.sampled_from(["care_harm", "fairness", "loyalty"]), st.floats(0, 1)),
        "axes": st.dictionaries(st.sampled_from(["han", "jeong", "chemyeon"]), st.floats(0, 1)),
        "axis_weights": st.dictionaries(st.sampled_from(["han", "jeong", "chemyeon"]), st.floats(0.5, 2)),
        "valence": st.floats(-1, 1),
        "arousal": st.floats(-1, 1),
        "vulnerable": st.sampled_from([(), ("child",)]),
        "influential": st.sampled_from([(), ("boss",)]),
        "urgency_counted": st.booleans(),
        **dict.fromkeys(("urgency", "uncertainty", "intensity", "load"), st.none() | st.floats(0, 1)),
    }
)


@settings(max_examples=100, deadline=None)
@given(CONTEXTS)
def test_every_layer_lies_in_its_bounds_and_has_a_reason(known):
    layers = weight_layers(LayerContext(**known))
    assert tuple(layers.values) == WEIGHT_LAYERS and all(0.3 <= value <= 2.5 for value in layers.values.values())
    assert [reason.split(" ")[0] for reason in layers.reasons] == list(WEIGHT_LAYERS)
    assert all(reason.partition(": ")[2] for reason in layers.reasons)


@settings(max_examples=60, deadline=None)
@given(CONTEXTS, st.sampled_from([{"community": True}, {"vulnerable": ("child",)}, {"influential": ("boss",)}]))
def test_a_further_rule_above_one_never_lowers_a_layer(known, further):
    """As a mean of rules did, which made more evidence weigh less."""
    before, after = weight_layers(LayerContext(**known)), weight_layers(LayerContext(**(known | further)))
    assert all(after.values[name] >= before.values[name] for name in WEIGHT_LAYERS)


def test_a_layer_beyond_its_bounds_is_held_and_says_so():
    axes = {"han": 1.0, "jeong": 1.0}
    heavy = weight_layers(replace(NOTHING, axes=axes, axis_weights={"han": 2.0, "jeong": 1.5}))
    light = weight_layers(replace(NOTHING, axes=axes, axis_weights={"han": 0.5, "jeong": 0.5}))
    assert (heavy.values["emotional"], light.values["emotional"]) == (2.5, 0.3)
    assert "3 held at 2.5" in heavy.reasons[4] and "0.25 held at 0.3" in light.reasons[4]


@settings(max_examples=20, deadline=None)
@given(CONTEXTS)
def test_layers_have_no_memory(known):
    assert weight_layers(LayerContext(**known)) == weight_layers(LayerContext(**known))
