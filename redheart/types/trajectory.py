"""How feeling moves over the sentences: the smoothed state with its bands, the signal path. No arithmetic here."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen


class Banded(Frozen):
    """An estimate in [-1, 1] on EmoBank's scale, (rating - 3) / 2, with the ends of its 95 % band."""

    value: float = Field(ge=-1, le=1)
    low: float = Field(ge=-1, le=1)
    high: float = Field(ge=-1, le=1)


class SmoothedPoint(Frozen):
    """One sentence, given all of them."""

    sentence: int
    valence: Banded
    arousal: Banded
    dominance: Banded
    smoother_weight: float = Field(
        ge=0, le=1, description="weight of the Kalman smoother against the signal path in covariance intersection"
    )


class Turn(Frozen):
    """A lasting shift of the head's readings: mean of the part that begins here, minus mean of the part before."""

    sentence: int = Field(description="the first of the new part")
    valence: float
    arousal: float
    dominance: float


class SmoothedTrajectory(Frozen):
    """Valence, arousal, dominance as one hidden state: a Kalman smoother over the head's readings by sentence."""

    points: tuple[SmoothedPoint, ...]
    level: float = Field(gt=0, lt=1, description="nominal coverage of the bands")
    coverage: dict[str, float] = Field(
        description="dimension -> share of English EmoBank dev sentences inside their band, cross-fitted by document"
    )
    turns: tuple[Turn, ...] | None = Field(
        description="where the mean of the head's readings shifts (optimal partition by BIC); null with the reason in "
        "`turns_reason`"
    )
    turns_reason: str | None = None
    fused_from: tuple[str, ...] = Field(
        description="what entered: the head as measurement, an LLM's view of the whole as another with an assumed "
        "deviation, the signal path by covariance intersection"
    )
    calibrated_on: str = Field(description="what the bands were fitted and measured on; elsewhere they are unmeasured")


class WindowPeak(Frozen):
    """One window of the short-time Fourier transform."""

    centre: float = Field(ge=0, description="in sentences from the start")
    peak: float = Field(gt=0, le=0.5, description="strongest frequency, cycles a sentence")
    power: float = Field(ge=0, description="power density there, levels squared times sentences")


class SpectrumReading(Frozen):
    """Frequencies of an emotion's envelope, in cycles a sentence."""

    peak: float = Field(gt=0, le=0.5, description="strongest frequency of the periodogram")
    p_value: float = Field(ge=0, le=1, description="Fisher's g: chance that noise without a cycle peaks as high")
    welch_peak: float = Field(gt=0, le=0.5, description="strongest frequency of Welch's averaged periodogram")
    windows: tuple[WindowPeak, ...] = Field(description="short-time Fourier transform, 16 sentences a window")


class EmotionSignal(Frozen):
    """One emotion sounding over the text as it is read."""

    envelope: tuple[float, ...] = Field(description="level in [0, 1] where each sentence ends")
    peak: float = Field(ge=0, le=1, description="highest level at any time")
    peak_second: float = Field(ge=0, description="when, in seconds of reading")
    peak_sentence: int = Field(ge=0)
    variance: float | None = Field(ge=0, description="about the line of best fit; null with fewer than three sentences")
    autocorrelation: float | None = Field(
        ge=-1, le=1, description="of neighbouring sentences about that line; null as above, or where nothing varies"
    )
    spectrum: SpectrumReading | None
    wavelet: tuple[float, ...] | None = Field(
        description="shares of the energy by scale, slowest first (Daubechies-2); sum 1"
    )
    reason: str | None = Field(description="why spectrum and wavelet are null")


class ResonanceReading(Frozen):
    """Two emotions whose rhythms meet; only where both have a significant peak."""

    emotions: tuple[str, str] = Field(description="the faster first")
    kind: Literal["unison", "octave", "beats"] = Field(description="unison and octave are constructive")
    ratio: float = Field(ge=1)
    beat_sentences: float | None = Field(description="period of the beats, in sentences; null unless they beat")


class SignalEstimate(Frozen):
    """The signal path: computed from the head's probabilities, hence never an independent witness."""

    emotions: dict[str, EmotionSignal]
    seconds: tuple[float, ...] = Field(description="reading time of each sentence")
    words_a_minute: float = Field(description="assumed pace of silent reading: Brysbaert 2019 (en), Rhiu 2017 (ko)")
    dimensions: tuple[tuple[float, float, float], ...] | None = Field(
        description="valence, arousal, dominance by sentence that the envelopes imply: least squares on EmoBank dev, "
        "English; null where the checkpoint has no such calibration"
    )
    resonances: tuple[ResonanceReading, ...]
