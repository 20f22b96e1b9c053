"""Fecundity and purity of a course of feeling, from the valences of its sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """Both in [0, 1], or both None with the reason."""

    fecundity: float | None
    purity: float | None
    reason: str | None


def course_of(valences: Sequence[float], kind: float) -> Course:
    """`valences` in [-1, 1], one a sentence, in order; the sign b of `kind`: a pleasure or a pain is weighed.

    Over the later sentences t = 1 .. S-1:

        fecundity = mean of max(0,  b v_t)        how much of the same kind follows
        purity    = 1 - mean of max(0, -b v_t)    how little of the opposite kind follows

    Both are shares of the mass |v| <= 1 that the later sentences could carry, so a neutral sequel is pure but not
    fecund. Absent with fewer than two sentences, or where nothing has mass. Raises ValueError out of range.
    """
    for valence in (*valences, kind):
        if not -1.0 <= valence <= 1.0:
            raise ValueError(f"valence '{valence}' lies outside [-1, 1]")
    if len(valences) < 2:
        return Course(None, None, "fewer than two sentences: nothing follows")
    if not kind or not any(valences):
        return Course(None, None, "neither pleasure nor pain: no sentence has a valence, or the whole has none")
    return _course(valences[1:], math.copysign(1.0, kind))


def course_deviation(valences: Sequence[float]) -> float:
    """Standard deviation, in [0, 1/2], of fecundity; purity has the same, and both err together.

    `valences` = 2 P(pleasant) - 1, calibrated, of at least two sentences, as `course_of` takes them. Were the sign s
    of a later sentence known, it would add max(0, b s) to the one and take max(0, -b s) from the other: either way a
    variance of (1 - v**2) / 4. Sentences are taken to be independent, and b as it is.
    Raises ValueError for fewer than two sentences.
    """
    if len(valences) < 2:
        raise ValueError(f"'{len(valences)}' sentence(s) were given; a course needs two")
    variances = ((1.0 - valence * valence) / 4 for valence in valences[1:])
    return math.sqrt(math.fsum(variances)) / (len(valences) - 1)


def _course(later: Sequence[float], sign: float) -> Course:
    same = math.fsum(max(0.0, sign * valence) for valence in later)
    opposite = math.fsum(max(0.0, -sign * valence) for valence in later)
    return Course(same / len(later), 1.0 - opposite / len(later), None)
