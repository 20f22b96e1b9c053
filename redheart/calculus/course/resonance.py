"""How the rhythms of two emotions meet: in unison, an octave apart, or beating against one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import pi
from typing import Final, Literal

from redheart.calculus.spectrum import Spectrum

#: Two frequencies this much of their mean apart, and not in unison, beat.
BEATING: Final = 0.15
#: In phase, or opposed, to within this angle: each by chance in one of four.
IN_PHASE: Final = pi / 4

Kind = Literal["unison", "octave", "beats"]
Effect = Literal["constructive", "opposed"]


@dataclass(frozen=True, slots=True)
class Resonance:
    """Two names, the faster first where they differ; `ratio` >= 1 of their peaks; `beat_points` is a beat's period.

    `phase` in [0, pi] is how far apart two of one frequency swing, 0 together and pi against one another; `effect` is
    "constructive" up to pi/4, "opposed" from 3 pi/4 on, None in between. Two frequencies have neither: their phases
    drift apart.
    """

    names: tuple[str, str]
    kind: Kind
    ratio: float
    beat_points: float | None
    phase: float | None = None
    effect: Effect | None = None


def resonances(spectra: Mapping[str, Spectrum], points: int) -> tuple[Resonance, ...]:
    """Pairs of significant peaks that meet, of series of `points` points.

    Frequencies less than one bin (1 / points) apart cannot be told apart: unison. An octave is 2 : 1 within a bin.
    Beats lie a bin or more but at most 15 % of their mean frequency apart.
    """
    found = {name: one for name, one in spectra.items() if one.significant}
    pairs = (_pair(a, b, found[a], found[b], 1 / points) for a, b in combinations(found, 2))
    return tuple(pair for pair in pairs if pair is not None)


def meeting(a: str, b: str, at_a: float, at_b: float, bin_width: float, phase: float | None = None) -> Resonance | None:
    """How two frequencies meet, if they do; `phase` between them, in [0, pi], counts where they are in unison."""
    (fast, high), (slow, low) = sorted(((a, at_a), (b, at_b)), key=lambda pair: -pair[1])
    apart, edge = high - low, bin_width * (1 - 1e-9)
    if apart < edge:
        return Resonance((fast, slow), "unison", high / low, None, phase, _effect(phase))
    if abs(high - 2 * low) <= bin_width * (1 + 1e-9):
        return Resonance((fast, slow), "octave", high / low, None)
    if apart <= BEATING * (high + low) / 2:
        return Resonance((fast, slow), "beats", high / low, 1 / apart)
    return None


def _pair(a: str, b: str, of_a: Spectrum, of_b: Spectrum, bin_width: float) -> Resonance | None:
    between = abs(of_a.phase - of_b.phase)
    return meeting(a, b, of_a.peak, of_b.peak, bin_width, min(between, 2 * pi - between))


def _effect(phase: float | None) -> Effect | None:
    if phase is None:
        return None
    return "constructive" if phase <= IN_PHASE else "opposed" if phase >= pi - IN_PHASE else None
