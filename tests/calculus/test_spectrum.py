from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.course.resonance import meeting, resonances
from redheart.calculus.spectrum import fisher_p, periodogram, spectrogram, spectrum, sway, wavelet_energies


def wave(points: int, frequency: float, noise: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(points)) + np.random.default_rng(seed).normal(0, noise, points)


def test_two_sines_have_their_known_power_and_parseval_holds() -> None:
    n = np.arange(256)
    x = np.sin(2 * np.pi * n / 8) + 0.5 * np.sin(2 * np.pi * n / 4)
    frequencies, power = periodogram(x)
    assert power[[32, 64]] == pytest.approx([128.0, 32.0])
    assert frequencies[[32, 64]] == pytest.approx([0.125, 0.25])
    assert power.sum() / 256 == pytest.approx(0.625)
    assert spectrum(x).peak == 0.125


def test_welch_finds_the_known_peak_of_the_nile() -> None:
    from scipy import signal
    from statsmodels.datasets import nile

    flow = nile.load_pandas().data["volume"].to_numpy()
    frequencies, power = signal.welch(flow - flow.mean(), nperseg=64)
    assert (frequencies[power.argmax()], power.max()) == (0.015625, pytest.approx(251875.08, abs=0.01))
    assert spectrum(flow).welch_peak <= 1 / 25  # windows of 25 points: its lowest frequency


@pytest.mark.parametrize("of", [spectrum, spectrogram, wavelet_energies])
def test_fewer_than_32_points_are_refused_with_their_number(of) -> None:
    with pytest.raises(ValueError, match=r"'31' points: .* needs 32 or more"):
        of(wave(31, 0.2))
    of(wave(32, 0.2))
    with pytest.raises(ValueError, match=r"stays at '0\.5'"):
        of(np.full(40, 0.5))


def test_a_cycle_is_significant_and_noise_is_not() -> None:
    assert spectrum(wave(64, 0.25, 0.5)).significant
    rejected = sum(spectrum(np.random.default_rng(seed).normal(size=64)).significant for seed in range(200))
    assert 2 <= rejected <= 20  # 5 % of 200, and its sampling error


def test_fishers_test_has_its_closed_form() -> None:
    assert fisher_p(1.0, 5) == 0
    assert fisher_p(0.7, 4) == pytest.approx(4 * 0.3**3)  # one term where g > 1/2
    assert fisher_p(0.4, 3) == pytest.approx(3 * 0.6**2 - 3 * 0.2**2)
    assert fisher_p(0.25, 4) == pytest.approx(1)
    assert fisher_p(0.01, 2000) == pytest.approx(1 - np.exp(-2000 * 0.99**1999), rel=1e-3)


def test_the_highest_frequency_of_an_even_series_has_no_part_in_the_test() -> None:
    x = np.random.default_rng(3).normal(size=32)
    found = spectrum(x)
    assert found.p_value == pytest.approx(fisher_p(found.power[1:-1].max() / found.power[1:-1].sum(), 15))
    odd = spectrum(np.append(x, 0.3))
    assert odd.p_value == pytest.approx(fisher_p(odd.power[1:].max() / odd.power[1:].sum(), 16))
    zigzag = spectrum(0.1 * x + np.tile([1.0, -1.0], 16))
    assert (zigzag.peak, zigzag.p_value, zigzag.significant) == (0.5, None, False)


def test_sway_is_told_about_the_line_of_best_fit() -> None:
    zigzag = sway(np.array([1.0, -1.0] * 10) + 0.3 * np.arange(20))
    assert zigzag.variance == pytest.approx(1.0, rel=0.02)
    assert zigzag.autocorrelation == pytest.approx(-0.95, abs=0.01)
    straight = sway(0.1 + 0.2 * np.arange(5))
    assert (straight.variance, straight.autocorrelation) == (0.0, None)
    assert sway(np.array([0.1, 0.7, 0.2])).autocorrelation is None  # -2/3 whatever the three are
    with pytest.raises(ValueError, match="'2' points"):
        sway(np.zeros(2))


def test_a_drift_is_no_rhythm() -> None:
    noise = np.random.default_rng(0).normal(size=64)
    for slope in (-1.0, 0.5):
        drifting, steady = spectrum(noise + slope * np.arange(64)), spectrum(noise)
        assert not drifting.significant and not steady.significant
        assert drifting.p_value == pytest.approx(spectrum(noise + 3.0).p_value)
    assert not spectrum(noise + 3.0 * (np.arange(64) >= 32)).significant  # one step


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(-1, 1))
@settings(max_examples=25, deadline=None)
def test_a_line_laid_under_a_series_changes_none_of_its_sway(seed: int, offset: float, slope: float) -> None:
    x = np.random.default_rng(seed).normal(size=12)
    before, after = sway(x), sway(x + offset + slope * np.arange(12))
    assert after.variance == pytest.approx(before.variance)
    assert after.autocorrelation == pytest.approx(before.autocorrelation)


def test_wavelets_put_a_slow_course_first_and_swings_last() -> None:
    slow, fast = wavelet_energies(wave(64, 1 / 64, 0)), wavelet_energies(np.tile([1.0, -1.0], 32))
    assert sum(slow) == pytest.approx(1)
    assert sum(slow[:2]) > 0.9
    assert fast[-1] == pytest.approx(1)


def test_a_spectrogram_tells_when_the_rhythm_changes_and_pads_nothing() -> None:
    found = spectrogram(np.concatenate([wave(48, 0.125, 0), wave(48, 0.375, 0)]))
    peaks = found.peaks()
    assert (peaks[0], peaks[-1]) == (0.125, 0.375)
    assert (found.centres[0], found.centres[-1], len(found.centres)) == (8, 88, found.power.shape[1])


# ---- resonance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [(0.25, 0.25, "unison"), (0.125, 0.25, "octave"), (0.125, 0.26, "octave"), (0.25, 0.28, "beats"), (0.1, 0.3, None)],
)
def test_two_rhythms_meet_in_unison_an_octave_apart_or_beating(a: float, b: float, kind: str | None) -> None:
    found = meeting("joy", "anger", a, b, 1 / 64)
    assert (found.kind if found else None) == kind
    if found:
        assert found.ratio == pytest.approx(max(a, b) / min(a, b))
    if found and kind == "beats":
        assert (found.names, found.beat_points) == (("anger", "joy"), pytest.approx(1 / 0.03))


@given(st.floats(-np.pi, np.pi), st.floats(-np.pi, np.pi))
@settings(max_examples=40, deadline=None)
def test_a_unison_is_constructive_in_phase_opposed_against_it_and_neither_between(at: float, shift: float) -> None:
    n = 2 * np.pi * np.arange(64) / 8
    (found,) = resonances({"joy": spectrum(np.cos(n + at)), "sadness": spectrum(np.cos(n + at + shift))}, 64)
    assert found.phase == pytest.approx(abs(shift), abs=0.06)  # the line that is taken out turns it a little
    expected = "constructive" if abs(shift) < np.pi / 4 else "opposed" if abs(shift) > 3 * np.pi / 4 else None
    if min(abs(abs(shift) - edge) for edge in (np.pi / 4, 3 * np.pi / 4)) > 0.06:
        assert (found.kind, found.effect) == ("unison", expected)


def test_opposite_emotions_that_take_turns_are_opposed_and_two_frequencies_have_no_phase() -> None:
    joy = wave(64, 0.125, 0.3)
    (found,) = resonances({"joy": spectrum(joy), "sadness": spectrum(-joy + wave(64, 0.3, 0.3) * 0.1)}, 64)
    assert (found.kind, found.effect) == ("unison", "opposed")
    (octave,) = resonances({"joy": spectrum(joy), "love": spectrum(wave(64, 0.25))}, 64)
    assert (octave.kind, octave.effect, octave.phase) == ("octave", None, None)


def test_only_significant_peaks_resonate() -> None:
    spectra = {"joy": spectrum(wave(64, 0.125)), "love": spectrum(wave(64, 0.25, seed=1))}
    found = resonances({**spectra, "fear": replace(spectra["joy"], p_value=0.2)}, 64)
    assert [(one.names, one.kind) for one in found] == [(("love", "joy"), "octave")]
