"""The signal path of one text: the head's probabilities by sentence -> envelopes, their sway, rhythms and meetings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from redheart.calculus.emotion_track import signal_dimensions
from redheart.calculus.envelope import PRESETS, WORDS_A_MINUTE, Envelope, envelope, reading_seconds
from redheart.calculus.resonance import resonances
from redheart.calculus.spectrum import Spectrum, spectrogram, spectrum, sway, wavelet_energies
from redheart.nn.track import TrackCalibration
from redheart.types.situation import Situation
from redheart.types.trajectory import EmotionSignal, ResonanceReading, SignalEstimate, SpectrumReading, WindowPeak


def signal_estimate(
    probabilities: Sequence[Mapping[str, float]], situation: Situation, calibration: TrackCalibration | None
) -> SignalEstimate:
    """`probabilities` of each sentence alone, in order."""
    seconds = reading_seconds([sentence.text for sentence in situation.sentences], situation.language)
    sounding = {
        name: envelope(preset, [sentence[name] for sentence in probabilities], seconds)
        for name, preset in PRESETS.items()
    }
    spectra, reasons = _spectra(sounding)
    return SignalEstimate(
        emotions={name: _emotion(found, spectra.get(name), reasons.get(name)) for name, found in sounding.items()},
        seconds=tuple(seconds.tolist()),
        words_a_minute=WORDS_A_MINUTE[situation.language],
        dimensions=None if calibration is None else _dimensions(sounding, calibration),
        resonances=tuple(
            ResonanceReading(emotions=one.names, kind=one.kind, ratio=one.ratio, beat_sentences=one.beat_points)
            for one in resonances(spectra, len(seconds))
        ),
    )


def envelopes_of(signal: SignalEstimate, calibration: TrackCalibration) -> np.ndarray:
    """(T, E) in the order that the calibration expects."""
    return np.array([signal.emotions[name].envelope for name in calibration.signal]).T


def _spectra(sounding: Mapping[str, Envelope]) -> tuple[dict[str, Spectrum], dict[str, str]]:
    """Spectra of what is long enough and varies; for the others, why not."""
    spectra, reasons = {}, {}
    for name, found in sounding.items():
        try:
            spectra[name] = spectrum(np.array(found.at_ends))
        except ValueError as error:
            reasons[name] = str(error)
    return spectra, reasons


def _emotion(found: Envelope, rhythm: Spectrum | None, reason: str | None) -> EmotionSignal:
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


def _spectrum(found: Spectrum, series: np.ndarray) -> SpectrumReading:
    windows = spectrogram(series)
    return SpectrumReading(
        peak=found.peak,
        p_value=found.p_value,
        welch_peak=found.welch_peak,
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
