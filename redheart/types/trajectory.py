"""How feeling moves over the sentences: the smoothed state with its bands, the signal path. No arithmetic here."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen


class Banded(Frozen):
    """An estimate in [-1, 1] on EmoBank's scale, (rating - 3) / 2, with the ends of its 95 % band."""

    value: float = Field(ge=-1, le=1, description="mean of the smoothed state")
    low: float = Field(ge=-1, le=1, description="1.96 standard deviations below the value, cut at -1")
    high: float = Field(ge=-1, le=1, description="1.96 standard deviations above the value, cut at 1")


class SmoothedPoint(Frozen):
    """One sentence, given all of them."""

    sentence: int = Field(ge=0, description="which one, from 0")
    valence: Banded = Field(description="unpleasant to pleasant")
    arousal: Banded = Field(description="calm to stirred")
    dominance: Banded = Field(description="without to with control")
    smoother_weight: float = Field(
        ge=0,
        le=1,
        description="weight of the Kalman smoother against the signal path in covariance intersection; 1 where the "
        "smoother is the surer in every direction, as by the shipped calibration: the signal path then moves nothing",
    )


class Turn(Frozen):
    """A lasting shift of the head's readings: mean of the part that begins here, minus mean of the part before."""

    sentence: int = Field(description="the first of the new part")
    valence: float = Field(description="shift of the mean, on the head's EmoBank scale of [-1, 1]")
    arousal: float = Field(description="the same of arousal")
    dominance: float = Field(description="the same of dominance")


class SmoothedTrajectory(Frozen):
    """Valence, arousal, dominance as one hidden state: a Kalman smoother over the head's readings by sentence."""

    points: tuple[SmoothedPoint, ...] = Field(description="one a sentence, in order")
    level: float = Field(gt=0, lt=1, description="nominal coverage of the bands")
    coverage: dict[str, float] | None = Field(
        description="dimension -> share of English EmoBank dev sentences inside their band, cross-fitted by document; "
        "null where the bands are not those that were measured, see `unmeasured_reason`"
    )
    turns: tuple[Turn, ...] | None = Field(
        description="where the mean of the head's readings shifts: optimal partition, penalty (k + 1) ln T times a "
        "factor by length, at which 5 % of simulated texts of the shipped calibration without a turn show one; null "
        "with the reason in `turns_reason`"
    )
    turns_reason: str | None = Field(default=None, description="why `turns` is null; null where it is not")
    fused_from: tuple[str, ...] = Field(
        description="what entered: the head as measurement, an LLM's view of the whole as another with an assumed "
        "deviation, the signal path by covariance intersection, named only where that moved a sentence"
    )
    calibrated_on: str | None = Field(
        description="what the bands were fitted and measured on; elsewhere they are unmeasured. Null with `coverage`"
    )
    unmeasured_reason: str | None = Field(
        default=None, description="why `coverage` and `calibrated_on` are null; null where they are not"
    )


class WindowPeak(Frozen):
    """One window of the short-time Fourier transform."""

    centre: float = Field(ge=0, description="in sentences from the start")
    peak: float = Field(gt=0, le=0.5, description="strongest frequency, cycles a sentence")
    power: float = Field(ge=0, description="power density there, levels squared times sentences")


class SpectrumReading(Frozen):
    """Frequencies of an emotion's envelope, in cycles a sentence, with a test of the probabilities that drive it."""

    peak: float = Field(gt=0, le=0.5, description="strongest frequency of the envelope's periodogram")
    tested_peak: float = Field(
        gt=0,
        le=0.5,
        description="strongest frequency of the emotion's probabilities by sentence: an envelope rings on, so that "
        "noise would seem to have a rhythm there; the probabilities have no memory of their own",
    )
    p_value: float | None = Field(
        ge=0,
        le=1,
        description="Fisher's g of `tested_peak`: chance that independent probabilities without a cycle peak as high; "
        "null where it is 1/2, at which an even number of sentences leaves too little to test",
    )
    welch_peak: float = Field(gt=0, le=0.5, description="strongest frequency of Welch's averaged periodogram")
    windows: tuple[WindowPeak, ...] = Field(description="short-time Fourier transform, 16 sentences a window")


class EmotionSignal(Frozen):
    """One emotion sounding over the text as it is read."""

    envelope: tuple[float, ...] = Field(description="level in [0, 1] where each sentence ends")
    peak: float = Field(ge=0, le=1, description="highest level at any time")
    peak_second: float = Field(ge=0, description="when, in seconds of reading")
    peak_sentence: int = Field(ge=0, description="the sentence that is being read then, from 0")
    variance: float | None = Field(ge=0, description="about the line of best fit; null with fewer than three sentences")
    autocorrelation: float | None = Field(
        ge=-1,
        le=1,
        description="of neighbouring sentences about that line; null with fewer than four, or where nothing varies",
    )
    spectrum: SpectrumReading | None = Field(description="null with the reason in `reason`")
    wavelet: tuple[float, ...] | None = Field(
        description="shares of the energy by scale, slowest first (Daubechies-2); sum 1"
    )
    reason: str | None = Field(description="why spectrum and wavelet are null")


class ResonanceReading(Frozen):
    """Two emotions whose rhythms meet; only where the probabilities of both have a significant peak."""

    emotions: tuple[str, str] = Field(description="the faster first")
    kind: Literal["unison", "octave", "beats"] = Field(
        description="by frequency alone: the same within one bin; 2 : 1 within one bin; at most 15 % apart"
    )
    effect: Literal["constructive", "opposed"] | None = Field(
        default=None,
        description="of a unison: constructive up to pi/4 apart, opposed, one up as the other is down, from 3 pi/4 on; "
        "null in between and for other kinds, whose phases drift",
    )
    phase: float | None = Field(
        default=None,
        ge=0,
        le=3.1416,
        description="angle in radians between the two swings of a unison, 0 together, pi against one another",
    )
    ratio: float = Field(ge=1, description="of the two frequencies, the faster to the slower")
    beat_sentences: float | None = Field(description="period of the beats, in sentences; null unless they beat")


class SignalEstimate(Frozen):
    """The signal path: computed from the head's probabilities, hence never an independent witness."""

    emotions: dict[str, EmotionSignal] = Field(description="the seven emotions that have an envelope, by name")
    seconds: tuple[float, ...] = Field(description="reading time of each sentence")
    words_a_minute: float = Field(description="assumed pace of silent reading: Brysbaert 2019 (en), Rhiu 2017 (ko)")
    dimensions: tuple[tuple[float, float, float], ...] | None = Field(
        description="valence, arousal, dominance by sentence that the envelopes imply: least squares on EmoBank dev, "
        "English; null where the checkpoint has no such calibration"
    )
    resonances: tuple[ResonanceReading, ...] = Field(description="empty where no two rhythms meet")
