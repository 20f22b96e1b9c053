import math

import numpy as np
import pytest

from redheart.errors import CheckpointError
from redheart.nn.checkpoint import CheckpointConfig, Probe
from redheart.nn.heads.violations import VIOLATIONS
from redheart.nn.interpret import Interpreter, log2_odds, without_foreign_axes
from redheart.types.emotions import EMOTIONS, KOTE
from redheart.types.readings import EmotionEstimate, FactorEvidence


@pytest.fixture
def interpreter() -> Interpreter:
    """Every emotion has a base rate of 0.1."""
    config = CheckpointConfig(
        architecture={},
        heads=("emotion",),
        encoder="tiny",
        encoder_revision="1",
        encoder_sha256="0",
        platt={},
        base_rates={"emotion": (0.1,) * len(EMOTIONS)},
        conformal={},
        conformal_coverage={},
        neutral_utility={},
        embedding_mean=(),
        probe=Probe(texts=(), outputs={}),
    )
    return Interpreter(config, 0.25)


def test_only_emotions_above_their_base_rate_are_named_the_strongest_first(interpreter: Interpreter) -> None:
    probabilities = {**dict.fromkeys(EMOTIONS, 0.05), "joy": 0.4, "fear": 0.6, "anger": 0.1, "neutral": 0.9}
    assert [score.name for score in interpreter.strongest(probabilities, "en", None)] == ["fear", "joy"]


def test_a_rare_emotion_that_stays_improbable_is_not_named(interpreter: Interpreter) -> None:
    rare = interpreter.config.model_copy(update={"base_rates": {"emotion": (1e-4,) * len(EMOTIONS)}})
    probabilities = {**dict.fromkeys(EMOTIONS, 0.0), "pride": 0.019, "grief": 0.021}
    assert [score.name for score in Interpreter(rare, 0.25).strongest(probabilities, "en", None)] == ["grief"]


def test_odds_are_told_in_bits() -> None:
    assert log2_odds(np.array([0.5, 0.8, 0.2])) == pytest.approx([0.0, 2.0, -2.0])


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certainty_made_by_rounding_stays_finite(p: float) -> None:
    assert math.isfinite(log2_odds(np.array([p]))[0])


def test_the_axes_of_korean_labels_are_left_out_of_an_english_text_with_the_reason() -> None:
    read = EmotionEstimate.model_construct(axes={"jeong": 0.6}, axis_components={"jeong": ()}, kote={"고마움": 0.6})
    english, korean = without_foreign_axes(read, "en"), without_foreign_axes(read, "ko")
    assert (english.axes, english.axis_components, english.kote) == ({}, {}, {"고마움": 0.6})
    assert english.axes_reason is not None and "Korean comments" in english.axes_reason
    assert korean.axes == {"jeong": 0.6} and korean.axes_reason is None


def test_an_axis_is_read_with_the_components_it_is_composed_of(interpreter: Interpreter) -> None:
    platt = dict.fromkeys(("kote", "emotion", "polarity"), (1.0, 0.0))
    widths = dict.fromkeys(("valence", "arousal", "dominance"), 0.1)
    config = interpreter.config.model_copy(
        update={"platt": platt, "conformal": widths, "conformal_coverage": dict.fromkeys(widths, 0.8)}
    )
    raw = {"kote": np.full(len(KOTE), -4.0), "emotion": np.zeros(len(EMOTIONS)), "polarity": np.zeros(1)}
    raw["kote"][KOTE.index("아껴주는")] = 0.0
    estimate = Interpreter(config, 0.25).estimate(raw | {"dimensions": np.zeros(3)})
    affection, loyalty = estimate.axis_components["jeong"]
    assert (affection.name, affection.value, affection.proxy) == ("affection", 0.5, None)
    assert loyalty.source == "KOTE 고마움" and loyalty.proxy is not None and loyalty.value is not None
    assert estimate.axes["jeong"] == pytest.approx((0.5 + loyalty.value) / 2)


def test_broken_rules_and_justice_are_read_where_the_checkpoint_has_those_heads(interpreter: Interpreter) -> None:
    platt = {"violations": (2.0, 0.0), "justice": (1.0, 1.0)}
    calibrated = Interpreter(interpreter.config.model_copy(update={"platt": platt}), 0.25)
    violations = calibrated.violations({"violations": np.linspace(-1, 1, len(VIOLATIONS))})
    justice = calibrated.justice({"justice": np.array([-1.0])})
    assert violations is not None and tuple(violations.probabilities) == VIOLATIONS
    assert violations.probabilities["duty"] == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert justice is not None and justice.reasonable == pytest.approx(0.5)
    assert calibrated.violations({}) is None and calibrated.justice({}) is None


def test_a_head_without_calibration_gives_no_probability(interpreter: Interpreter) -> None:
    with pytest.raises(CheckpointError, match="'violations' has no calibration"):
        interpreter.violations({"violations": np.zeros(len(VIOLATIONS))})


def test_what_was_measured_of_the_factors_is_handed_on_or_absent(interpreter: Interpreter) -> None:
    found = {"extent/persons": FactorEvidence(r=0.3, n=570, on="dev")}
    told = Interpreter(interpreter.config.model_copy(update={"factor_evidence": found}), 0.25).factor_evidences()
    assert told is not None and told.by_route == found and interpreter.factor_evidences() is None
