"""The signal path of one text: the head's probabilities by sentence -> envelopes, their sway, rhythms and meetings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redheart.calculus.course.emotion_track import signal_dimensions
from redheart.calculus.course.envelope import PRESETS, WORDS_A_MINUTE, Envelope, envelope, reading_seconds
from redheart.calculus.course.resonance import resonances
from redheart.calculus.spectrum import Spectrum, spectrogram, spectrum, sway, wavelet_energies
from redheart.nn.track import TrackCalibration
from redheart.types.situation import Situation
from redheart.types.trajectory import EmotionSignal, ResonanceReading, SignalEstimate, SpectrumReading, WindowPeak


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """Spectra of an emotion's envelope and of the probabilities that drive it, which alone may be tested."""

    envelope: Spectrum
    tested: Spectrum

    @classmethod
    def of(cls, envelope: Spectrum | None, tested: Spectrum | None) -> _Rhythm | None:
        """None where either is wanting."""
        return None if envelope is None or tested is None else cls(envelope, tested)


def signal_estimate(
    probabilities: Sequence[Mapping[str, float]], situation: Situation, calibration: TrackCalibration | None
) -> SignalEstimate:
    """`probabilities` of each sentence alone, in order."""
    seconds = reading_seconds([sentence.text for sentence in situation.sentences], situation.language)
    sounding = {
        name: envelope(preset, [sentence[name] for sentence in probabilities], seconds)
        for name, preset in PRESETS.items()
    }
    spectra, reasons = _spectra({name: np.array(found.at_ends) for name, found in sounding.items()})
    tested, unvaried = _spectra({name: np.array([one[name] for one in probabilities]) for name in PRESETS})
    reasons = unvaried | reasons
    return SignalEstimate(
        emotions={
            name: _emotion(found, _Rhythm.of(spectra.get(name), tested.get(name)), reasons.get(name))
            for name, found in sounding.items()
        },
        seconds=tuple(seconds.tolist()),
        words_a_minute=WORDS_A_MINUTE[situation.language],
        dimensions=None if calibration is None else _dimensions(sounding, calibration),
        resonances=tuple(
            ResonanceReading(
                emotions=one.names,
                kind=one.kind,
                effect=one.effect,
                phase=one.phase,
                ratio=one.ratio,
                beat_sentences=one.beat_points,
            )
            for one in resonances(tested, len(seconds))
        ),
    )


def envelopes_of(signal: SignalEstimate, calibration: TrackCalibration) -> np.ndarray:
    """(T, E) in the order that the calibration expects."""
    return np.array([signal.emotions[name].envelope for name in calibration.signal]).T


def _spectra(series: Mapping[str, np.ndarray]) -> tuple[dict[str, Spectrum], dict[str, str]]:
    """Spectra of what is long enough and varies; for the others, why not."""
    spectra, reasons = {}, {}
    for name, points in series.items():
        try:
            spectra[name] = spectrum(points)
        except ValueError as error:
            reasons[name] = str(error)
    return spectra, reasons


def _emotion(found: Envelope, rhythm: _Rhythm | None, reason: str | None) -> EmotionSignal:
    series = np.array(found.at_ends)
    swaying = sway(series) if len(series) >= 3 else None
    return EmotionSignal(
        envelope=found.at_ends,
        peak=found.peak,
        peak_second=found.peak_second,
        peak_sentence=found.peak_sentence,
        variance=None if swaying is None else swaying.variance,
        autocorrelation=None if swaying is None else swaying.autocorrelation,
        spectrum=None if rhythm is None else _spectrum(rhythm, series),
        wavelet=None if rhythm is None else wavelet_energies(series),
        reason=reason,
    )


def _spectrum(found: _Rhythm, series: np.ndarray) -> SpectrumReading:
    windows = spectrogram(series)
    return SpectrumReading(
        peak=found.envelope.peak,
        tested_peak=found.tested.peak,
        p_value=found.tested.p_value,
        welch_peak=found.envelope.welch_peak,
        windows=tuple(
            WindowPeak(centre=float(centre), peak=float(peak), power=float(power))
            for centre, peak, power in zip(windows.centres, windows.peaks(), windows.power[1:].max(0), strict=True)
        ),
    )


def _dimensions(
    sounding: Mapping[str, Envelope], calibration: TrackCalibration
) -> tuple[tuple[float, float, float], ...]:
    envelopes = np.array([sounding[name].at_ends for name in calibration.signal]).T
    return tuple((v, a, d) for v, a, d in signal_dimensions(calibration.model(), envelopes).tolist())
