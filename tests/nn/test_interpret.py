import math

import pytest

from redheart.nn.checkpoint import CheckpointConfig, Probe
from redheart.nn.interpret import Interpreter, log2_odds
from redheart.types.emotions import EMOTIONS


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
    return Interpreter(config)


def test_only_emotions_above_their_base_rate_are_named_the_strongest_first(interpreter: Interpreter) -> None:
    probabilities = {**dict.fromkeys(EMOTIONS, 0.05), "joy": 0.4, "fear": 0.6, "anger": 0.1, "neutral": 0.9}
    assert [score.name for score in interpreter.strongest(probabilities, "en", None)] == ["fear", "joy"]


def test_a_rare_emotion_that_stays_improbable_is_not_named(interpreter: Interpreter) -> None:
    rare = interpreter.config.model_copy(update={"base_rates": {"emotion": (1e-4,) * len(EMOTIONS)}})
    probabilities = {**dict.fromkeys(EMOTIONS, 0.0), "pride": 0.019, "grief": 0.021}
    assert [score.name for score in Interpreter(rare).strongest(probabilities, "en", None)] == ["grief"]


def test_odds_are_told_in_bits() -> None:
    assert [log2_odds(p) for p in (0.5, 0.8, 0.2)] == pytest.approx([0.0, 2.0, -2.0])


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certainty_made_by_rounding_stays_finite(p: float) -> None:
    assert math.isfinite(log2_odds(p))
