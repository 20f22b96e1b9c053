"""The table of factors against the simulation that it came from."""

from pathlib import Path

import numpy as np
import pytest

from redheart.benchmarks.turn_alarms import alarms, needed, stationary_readings
from redheart.calculus.course.emotion_track import TrackModel
from redheart.calculus.course.turn_factors import FALSE_ALARMS, turn_factor
from redheart.nn.checkpoint import read_config

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "compact"
TEXTS = 500


@pytest.fixture(scope="module")
def model() -> TrackModel:
    calibration = read_config(SHIPPED).trajectory
    assert calibration is not None
    return calibration.model()


def texts_of(model: TrackModel, sentences: int) -> list[np.ndarray]:
    rng = np.random.default_rng(sentences)
    return [stationary_readings(model, sentences, rng) for _ in range(TEXTS)]


def test_simulated_readings_have_the_spread_and_the_memory_of_the_calibration(model) -> None:
    long = stationary_readings(model, 20_000, np.random.default_rng(0))
    spread = model.reading_spread()
    assert np.cov(long.T) == pytest.approx(spread, abs=0.05 * np.diag(spread).max())
    memory = model.matrix @ model.transition @ model.covariance @ model.matrix.T
    lagged = (long[1:] - long.mean(0)).T @ (long[:-1] - long.mean(0)) / len(long)
    assert lagged == pytest.approx(memory, abs=0.05 * np.diag(spread).max())


@pytest.mark.parametrize("sentences", [6, 7, 9, 12, 20])
def test_of_texts_without_a_turn_one_in_twenty_seems_to_turn(model, sentences) -> None:
    texts = texts_of(model, sentences)
    assert alarms(model, texts, 1.0) > 0.08  # what the criterion by itself would do
    assert 0.015 <= alarms(model, texts, turn_factor(sentences)) <= 0.075  # 5 %, or a little less between lengths


def test_the_factor_that_is_needed_lets_as_many_turn_as_was_asked_for(model) -> None:
    texts = texts_of(model, 8)[:200]
    factor = needed(model, texts)
    assert alarms(model, texts, factor) <= FALSE_ALARMS < alarms(model, texts, factor - 0.1)
