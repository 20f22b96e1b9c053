"""How the rhythms of two emotions meet: in unison, an octave apart, or beating against one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from redheart.calculus.spectrum import Spectrum

#: Two frequencies this much of their mean apart, and not in unison, beat.
BEATING: Final = 0.15

Kind = Literal["unison", "octave", "beats"]


@dataclass(frozen=True, slots=True)
class Resonance:
    """Two names, the faster first where they differ; `ratio` >= 1 of their peaks; `beat_points` is a beat's period."""

    names: tuple[str, str]
    kind: Kind
    ratio: float
    beat_points: float | None


def resonances(spectra: Mapping[str, Spectrum], points: int) -> tuple[Resonance, ...]:
    """Pairs of significant peaks that meet, of series of `points` points.

    Frequencies less than one bin (1 / points) apart cannot be told apart: unison. An octave is 2 : 1 within a bin.
    Beats lie a bin or more but at most 15 % of their mean frequency apart. Unison and octave are constructive.
    """
    peaks = {name: found.peak for name, found in spectra.items() if found.significant}
    pairs = (meeting(a, b, peaks[a], peaks[b], 1 / points) for a, b in combinations(peaks, 2))
    return tuple(pair for pair in pairs if pair is not None)


def meeting(a: str, b: str, at_a: float, at_b: float, bin_width: float) -> Resonance | None:
    """How two frequencies meet, if they do."""
    (fast, high), (slow, low) = sorted(((a, at_a), (b, at_b)), key=lambda pair: -pair[1])
    apart, edge = high - low, bin_width * (1 - 1e-9)
    kind: Kind
    if apart < edge:
        kind = "unison"
    elif abs(high - 2 * low) <= bin_width * (1 + 1e-9):
        kind = "octave"
    elif apart <= BEATING * (high + low) / 2:
        kind = "beats"
    else:
        return None
    return Resonance((fast, slow), kind, high / low, 1 / apart if kind == "beats" else None)
