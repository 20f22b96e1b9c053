from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.emotion_track import TrackModel, WholeView, emotion_track, signal_dimensions

seeds = st.integers(0, 10_000)


def track_model() -> TrackModel:
    """Feelings that carry over by half; a head that shrinks them; envelopes of two emotions that know little."""
    return TrackModel(
        mean=np.array([0.0, 0.02, 0.03]),
        transition=np.diag([0.5, 0.3, 0.2]),
        covariance=np.diag([0.03, 0.02, 0.01]),
        offset=np.array([-0.01, 0.02, 0.03]),
        matrix=np.diag([0.6, 0.4, 0.3]),
        noise=np.diag([0.006, 0.004, 0.002]),
        signal_offset=np.array([0.1, 0.0, 0.0]),
        signal_matrix=np.array([[-0.8, 0.5], [0.4, 0.1], [-0.2, 0.1]]),
        signal_noise=np.diag([0.025, 0.018, 0.009]),
    )


def drawn(seed: int, sentences: int) -> tuple[np.ndarray, np.ndarray]:
    """States and readings (T, 3) of the model itself."""
    model, rng = track_model(), np.random.default_rng(seed)
    state, states = rng.multivariate_normal(np.zeros(3), model.covariance), []
    for _ in range(sentences):
        states.append(state)
        state = model.transition @ state + rng.multivariate_normal(np.zeros(3), model.process())
    true = np.array(states)
    noise = rng.multivariate_normal(np.zeros(3), model.noise, sentences)
    return model.mean + true, model.offset + true @ model.matrix.T + noise


def test_bands_hold_95_of_100_states_where_the_model_is_true() -> None:
    inside = []
    for seed in range(15):
        true, readings = drawn(seed, 60)
        readings[::4] = np.nan
        track = emotion_track(track_model(), readings)
        inside.append((track.low() <= true) & (true <= track.high()))
    assert np.mean(inside, axis=(0, 1)) == pytest.approx([0.95] * 3, abs=0.03)


def test_smoothing_comes_nearer_than_reading_each_sentence_alone_where_the_model_is_true() -> None:
    true, readings = drawn(5, 300)
    whole = emotion_track(track_model(), readings)
    alone = np.concatenate([emotion_track(track_model(), row[None]).means for row in readings])
    assert ((whole.means - true) ** 2).mean() < ((alone - true) ** 2).mean() < ((readings - true) ** 2).mean()


def test_a_sentence_that_was_not_read_gets_a_wider_band_from_its_neighbours() -> None:
    _, readings = drawn(1, 7)
    gap = readings.copy()
    gap[3] = np.nan
    full, holed = emotion_track(track_model(), readings), emotion_track(track_model(), gap)
    assert (holed.deviations[3] > full.deviations[3]).all()
    assert (holed.deviations[3] < np.sqrt(np.diag(track_model().covariance))).all()


@given(seeds, st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_a_view_of_the_whole_measures_the_mean_of_the_states_exactly(seed: int, sentences: int) -> None:
    """The conditional Gaussian of all states at once, by its textbook formula."""
    model, (_, readings) = track_model(), drawn(seed, sentences)
    view = WholeView(np.array([0.5, np.nan, -0.2]), 0.1)
    found = emotion_track(model, readings, whole=view)
    mean, covariance = _joint(model, readings, view)
    assert found.means.ravel() == pytest.approx(mean, abs=1e-9)
    assert found.deviations.ravel() ** 2 == pytest.approx(np.diag(covariance), abs=1e-9)


def _joint(model: TrackModel, readings: np.ndarray, view: WholeView) -> tuple[np.ndarray, np.ndarray]:
    count, eye = len(readings), np.eye(3)
    lags = [[np.linalg.matrix_power(model.transition, abs(i - j)) @ model.covariance for j in range(count)]
            for i in range(count)]  # fmt: skip
    prior = np.block([[lag if i >= j else lag.T for j, lag in enumerate(row)] for i, row in enumerate(lags)])
    heads = np.kron(np.eye(count), model.matrix)
    whole = np.kron(np.full((1, count), 1 / count), eye)[~np.isnan(view.value)]
    matrix = np.vstack([heads, whole])
    noise = np.kron(np.eye(count), model.noise)
    noise = np.block([[noise, np.zeros((3 * count, 2))], [np.zeros((2, 3 * count)), view.deviation**2 * np.eye(2)]])
    known = (view.value - model.mean)[~np.isnan(view.value)]
    values = np.concatenate([(readings - model.offset).ravel(), known])
    gain = prior @ matrix.T @ np.linalg.inv(matrix @ prior @ matrix.T + noise)
    return np.tile(model.mean, count) + gain @ values, prior - gain @ matrix @ prior


def test_the_signal_path_never_narrows_what_it_was_computed_from() -> None:
    """Even if it repeats the smoothed states, and with them their errors, the bands stay as wide."""
    _, readings = drawn(2, 6)
    model = track_model()
    plain = emotion_track(model, readings)
    spread = np.diag(plain.deviations[0] ** 2)
    echo = replace(model, signal_offset=np.zeros(3), signal_matrix=np.eye(3), signal_noise=spread)
    echoed = emotion_track(echo, readings, envelopes=plain.means)
    volume = plain.deviations.prod(axis=1)
    assert (echoed.deviations.prod(axis=1) >= volume * (1 - 0.05)).all()
    assert np.allclose(echoed.means, plain.means, atol=0.01)


def test_a_signal_that_knows_less_than_the_smoother_leaves_it_alone() -> None:
    _, readings = drawn(3, 5)
    model, loud = replace(track_model(), signal_noise=np.eye(3)), np.full((5, 2), 0.9)
    assert emotion_track(model, readings, loud).omegas.tolist() == [1.0] * 5
    assert np.allclose(emotion_track(model, readings, loud).means, emotion_track(model, readings).means)
    assert signal_dimensions(model, loud)[0] == pytest.approx([0.1 - 0.27, 0.45, -0.09])


def test_a_signal_that_knows_more_is_let_in() -> None:
    unread = np.full((2, 3), np.nan)
    sure = replace(track_model(), signal_noise=1e-4 * np.eye(3))
    found = emotion_track(sure, unread, np.full((2, 2), 0.5))
    assert (found.omegas < 0.01).all()
    assert found.means == pytest.approx(signal_dimensions(sure, np.full((2, 2), 0.5)), abs=0.01)


@pytest.mark.parametrize(
    ("readings", "words"), [(np.zeros((0, 3)), "'0' steps"), (np.zeros((4, 2)), "shape '\\(4, 2\\)'")]
)
def test_readings_of_another_shape_are_refused(readings: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        emotion_track(track_model(), readings)
