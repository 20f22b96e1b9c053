"""Which rule moves which layer, and what a layer says when none does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.calculus.weight_layers import LayerContext, weight_layers
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
        ("contextual", {"sentences": 2, "community": True}, 1.25),
        ("temporal", {"urgency": 0.9}, 1.4),
        ("temporal", {"urgency": 0.1}, 0.7),
        ("temporal", {"urgency": 0.5}, 1.0),
        ("social", {"persons": 10}, 1.1),
        ("ethical", {"ethics": {"care_harm": 0.8}}, 1.4),
        ("ethical", {"ethics": {"care_harm": 0.5}}, 1.0),
        ("emotional", {"axes": {"han": 0.6}}, 1.3),
        ("emotional", {"intensity": 1.0, "valence": -1.0, "arousal": 1.0}, 1.1),
        ("cognitive", {"uncertainty": 0.8}, 0.9),
        ("cognitive", {"uncertainty": 0.2}, 1.1),
    ],
)
def test_what_is_known_moves_its_own_layer_only(layer, known, value):
    values = weight_layers(replace(NOTHING, **known)).values
    assert values == pytest.approx(dict.fromkeys(WEIGHT_LAYERS, 1.0) | {layer: value})


@given(
    sentences=st.integers(1, 99), persons=st.integers(0, 10**9), community=st.booleans(),
    urgency=st.none() | st.floats(0, 1), uncertainty=st.none() | st.floats(0, 1), intensity=st.none() | st.floats(0, 1),
    ethics=st.dictionaries(st.sampled_from(["care_harm", "fairness", "loyalty"]), st.floats(0, 1)),
    axes=st.dictionaries(st.sampled_from(["han", "jeong", "chemyeon"]), st.floats(0, 1)),
    valence=st.floats(-1, 1), arousal=st.floats(-1, 1),
)  # fmt: skip
def test_every_layer_lies_in_its_bounds_and_has_a_reason(**known):
    layers = weight_layers(LayerContext(**known))
    assert tuple(layers.values) == WEIGHT_LAYERS and all(0.7 <= value <= 1.5 for value in layers.values.values())
    assert [reason.split(" ")[0] for reason in layers.reasons] == list(WEIGHT_LAYERS)
    assert all(reason.partition(": ")[2] for reason in layers.reasons)
