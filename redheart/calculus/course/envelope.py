"""How long an emotion sounds: attack-decay-sustain-release envelopes over a text read at a steady pace.

A sentence is a note of each emotion: its onset is where reading reaches the sentence, its length the sentence's reading
time, its velocity the emotion's probability. Everything here is computed from those probabilities: it is no second
witness, and may be fused with what they gave only by covariance intersection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Adsr:
    """Linear segments, seconds: 0 to 1 in `attack`, on to `sustain` (a level in [0, 1]) in `decay`, to 0 in `release`.

    Raises ValueError out of range.
    """

    attack: float
    decay: float
    sustain: float
    release: float

    def __post_init__(self) -> None:
        if not (self.attack > 0 and self.decay > 0 and self.release > 0 and 0 <= self.sustain <= 1):
            raise ValueError(f"'{self}' has a time of 0 or less, or a sustain level outside [0, 1]")

    def held(self, since: Array) -> Array:
        """Level while the note is held, seconds since its onset (0 before it)."""
        corners = [0.0, self.attack, self.attack + self.decay]
        return np.asarray(np.interp(since, corners, [0.0, 1.0, self.sustain]))

    def level(self, since: Array, length: float) -> Array:
        """Level of a note of `length` seconds, `since` its onset. A note let go early falls from where it was."""
        falling = 1 - (np.asarray(since, dtype=float) - length) / self.release  # 1 or more while the note is held
        return self.held(np.minimum(since, length)) * np.minimum(1.0, np.maximum(0.0, falling))

    def corners(self, length: float) -> tuple[float, ...]:
        """Seconds since the onset where the level turns."""
        inner = [at for at in (self.attack, self.attack + self.decay) if at < length]
        return (0.0, *inner, length, length + self.release)


#: Design values: how fast an emotion rises, settles and fades. No data were fitted.
PRESETS: Final[Mapping[str, Adsr]] = MappingProxyType({
    "fear": Adsr(0.03, 0.2, 0.4, 1.0),
    "anger": Adsr(0.1, 0.3, 0.8, 3.0),
    "sadness": Adsr(1.0, 2.0, 0.3, 5.0),
    "joy": Adsr(0.3, 0.5, 0.7, 1.0),
    "love": Adsr(0.5, 0.8, 0.6, 2.0),
    "surprise": Adsr(0.01, 0.1, 0.5, 0.5),
    "disgust": Adsr(0.05, 0.2, 0.6, 0.8),
})  # fmt: skip

#: Silent reading, words (parts between white space) a minute, by language.
#: en: Brysbaert 2019, meta-analysis, non-fiction. ko: Rhiu et al. 2017, 65 adults, single sentences.
WORDS_A_MINUTE: Final[Mapping[str, float]] = MappingProxyType({"en": 238.0, "ko": 202.3})


@dataclass(frozen=True, slots=True)
class Envelope:
    """Level in [0, 1] where each sentence ends (T,); the peak over all times, its second, and the sentence it is in."""

    at_ends: tuple[float, ...]
    peak: float
    peak_second: float
    peak_sentence: int


def reading_seconds(sentences: Sequence[str], language: str) -> Array:
    """Seconds that each sentence takes to read; at least one word each. Raises ValueError for an unknown language."""
    if language not in WORDS_A_MINUTE:
        raise ValueError(f"no reading rate for language '{language}'. Known: {', '.join(WORDS_A_MINUTE)}.")
    words = np.array([max(1, len(sentence.split())) for sentence in sentences], dtype=float)
    return words * 60 / WORDS_A_MINUTE[language]


def envelope(preset: Adsr, velocities: Sequence[float] | Array, seconds: Sequence[float] | Array) -> Envelope:
    """Notes one after another, `velocities` in [0, 1], `seconds` > 0 each; what sounds at once combines by maximum.

    The maximum, not a sum: a weak emotion read twice does not become a strong one. Raises ValueError out of range.
    """
    loud, lengths = np.asarray(velocities, dtype=float), np.asarray(seconds, dtype=float)
    _refuse_bad(loud, lengths)
    ends = lengths.cumsum()
    onsets = ends - lengths
    corners = [
        onset + at for onset, length in zip(onsets, lengths, strict=True) for at in preset.corners(float(length))
    ]
    # Between corners every note is linear, so their maximum is convex and peaks at a corner.
    times = np.array(sorted({*(at for at in corners if at <= ends[-1]), *ends.tolist()}))
    levels = _loudest(preset, loud, onsets, lengths, times)
    peak = int(levels.argmax())
    return Envelope(
        at_ends=tuple(levels[np.searchsorted(times, ends)].tolist()),
        peak=float(levels[peak]),
        peak_second=float(times[peak]),
        peak_sentence=int(np.searchsorted(ends, times[peak], side="left")),
    )


def _loudest(preset: Adsr, loud: Array, onsets: Array, lengths: Array, times: Array) -> Array:
    """(times,), ascending: the loudest note at each time."""
    levels = np.zeros(len(times))
    first = np.searchsorted(times, onsets)
    last = np.searchsorted(times, onsets + lengths + preset.release, side="right")
    for velocity, onset, length, begin, end in zip(loud, onsets, lengths, first, last, strict=True):
        heard = levels[begin:end]
        np.maximum(heard, velocity * preset.level(times[begin:end] - onset, float(length)), out=heard)
    return levels


def _refuse_bad(loud: Array, lengths: Array) -> None:
    if loud.shape != lengths.shape or loud.ndim != 1 or not len(loud):
        raise ValueError(f"'{loud.shape}' velocities and '{lengths.shape}' seconds: give one of each a sentence")
    if not ((loud >= 0) & (loud <= 1)).all():
        raise ValueError(f"velocities '{loud.tolist()}' leave [0, 1]")
    if not ((lengths > 0) & np.isfinite(lengths)).all():
        raise ValueError(f"reading times '{lengths.tolist()}' are not all above 0 seconds")
