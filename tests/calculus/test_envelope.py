import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.envelope import PRESETS, Adsr, envelope, reading_seconds

NOTE = Adsr(attack=1.0, decay=2.0, sustain=0.4, release=4.0)
velocities = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def level(at: float, length: float = 10.0) -> float:
    return float(NOTE.level(np.array(at), length))


def test_a_note_rises_to_its_peak_falls_to_its_sustain_and_dies_with_its_release() -> None:
    assert [level(at) for at in (-1, 0, 0.25, 1, 2, 3, 9, 10)] == pytest.approx([0, 0, 0.25, 1, 0.7, 0.4, 0.4, 0.4])
    assert [level(at) for at in (11, 12, 14, 20)] == pytest.approx([0.3, 0.2, 0, 0])


@pytest.mark.parametrize(("length", "reached"), [(0.5, 0.5), (2.0, 0.7)])
def test_a_note_let_go_early_falls_from_where_it_was(length: float, reached: float) -> None:
    assert level(length, length) == pytest.approx(reached)
    assert level(length + 2, length) == pytest.approx(reached / 2)
    assert level(length + 4, length) == 0


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_peaks_at_its_attack_and_is_silent_after_its_release(name: str) -> None:
    preset = PRESETS[name]
    found = envelope(preset, [0.8], [60.0])
    assert (found.peak, found.peak_second) == (pytest.approx(0.8), pytest.approx(preset.attack))
    assert found.at_ends == pytest.approx((0.8 * preset.sustain,))
    assert float(preset.level(np.array(60.0 + preset.release), 60.0)) == pytest.approx(0, abs=1e-12)


def test_presets_are_those_of_the_design() -> None:
    told = {name: (p.attack, p.decay, p.sustain, p.release) for name, p in PRESETS.items()}
    assert told["sadness"] == (1.0, 2.0, 0.3, 5.0)
    assert told["surprise"] == (0.01, 0.1, 0.5, 0.5)
    assert set(told) == {"fear", "anger", "sadness", "joy", "love", "surprise", "disgust"}


def test_an_emotion_lingers_into_the_next_sentence_as_long_as_its_release() -> None:
    found = envelope(NOTE, [1.0, 0.0, 0.0], [5.0, 2.0, 3.0])
    assert found.at_ends == pytest.approx((0.4, 0.2, 0.0))
    assert (found.peak_sentence, found.peak_second) == (0, 1.0)


def test_a_weak_emotion_read_twice_does_not_become_a_strong_one() -> None:
    twice, once = envelope(NOTE, [0.2, 0.2], [1.0, 1.0]), envelope(NOTE, [0.2], [1.0])
    assert twice.peak == once.peak == pytest.approx(0.2)


def test_the_peak_is_in_the_sentence_that_sounds_loudest() -> None:
    found = envelope(NOTE, [0.1, 0.9, 0.3], [4.0, 4.0, 4.0])
    assert (found.peak, found.peak_second, found.peak_sentence) == (pytest.approx(0.9), 5.0, 1)


@given(velocities, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_no_moment_is_louder_than_the_peak_and_none_louder_than_its_loudest_note(loud: list[float], seed: int) -> None:
    seconds = np.random.default_rng(seed).uniform(0.2, 6, len(loud))
    found = envelope(NOTE, loud, seconds)
    onsets = np.concatenate([[0], seconds.cumsum()[:-1]])
    times = np.linspace(0, seconds.sum(), 200)
    sounding = [v * NOTE.level(times - on, s) for v, on, s in zip(loud, onsets, seconds, strict=True)]
    assert np.max(sounding) <= found.peak + 1e-12
    assert max(found.at_ends) <= found.peak <= max(loud)


def test_reading_takes_as_long_as_its_words() -> None:
    assert reading_seconds(["one two three", "four"], "en") == pytest.approx([3 * 60 / 238, 60 / 238])
    assert reading_seconds(["나는 화가 났다.", ""], "ko") == pytest.approx([3 * 60 / 202.3, 60 / 202.3])


@pytest.mark.parametrize(
    ("loud", "seconds", "words"),
    [([1.2], [1.0], "leave"), ([float("nan")], [1.0], "leave"), ([0.5], [0.0], "above 0"), ([], [], "one of each")],
)
def test_notes_that_cannot_sound_are_refused(loud: list[float], seconds: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        envelope(NOTE, loud, seconds)
    with pytest.raises(ValueError, match="sustain"):
        Adsr(0.1, 0.1, 1.5, 0.1)
    with pytest.raises(ValueError, match="language 'fr'"):
        reading_seconds(["mot"], "fr")
