"""Fecundity and purity of a course of feeling, from the valences of its sentences."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """Both in [0, 1], or both None with the reason."""

    fecundity: float | None
    purity: float | None
    reason: str | None


def course_of(valences: Sequence[float]) -> Course:
    """`valences` in [-1, 1], one a sentence, in order.

    Let b_t be the sign of v_0 + ... + v_(t-1), what the feeling has been so far. Over the later sentences t = 1 .. S-1:

        fecundity = mean of max(0,  b_t v_t)        how much of the same kind follows
        purity    = 1 - mean of max(0, -b_t v_t)    how little of the opposite kind follows

    Both are shares of the mass |v| <= 1 that the later sentences could carry, so a neutral sequel is pure but not
    fecund. Absent with fewer than two sentences, or where no valence has mass. Raises ValueError out of range.
    """
    for valence in valences:
        if not -1.0 <= valence <= 1.0:
            raise ValueError(f"valence '{valence}' lies outside [-1, 1]")
    if len(valences) < 2:
        return Course(None, None, "fewer than two sentences: nothing follows")
    if not any(valences):
        return Course(None, None, "no sentence has a valence")
    return _course(valences)


def course_deviation(valences: Sequence[float]) -> float:
    """Standard deviation, in [0, 1/2], of fecundity; purity has the same, and both err together.

    `valences` = 2 P(pleasant) - 1, calibrated, of at least two sentences, as `course_of` takes them. Were the sign s
    of a later sentence known, it would add max(0, b s) to the one and take max(0, -b s) from the other: either way a
    variance of (1 - v**2) / 4. Sentences are taken to be independent, and what was felt so far as it is.
    Raises ValueError for fewer than two sentences.
    """
    if len(valences) < 2:
        raise ValueError(f"'{len(valences)}' sentence(s) were given; a course needs two")
    variances = ((1.0 - valence * valence) / 4 for valence, before, _ in _later(valences) if before)
    return math.sqrt(math.fsum(variances)) / (len(valences) - 1)


def _course(valences: Sequence[float]) -> Course:
    same = opposite = 0.0
    for _, _, agreement in _later(valences):
        same, opposite = same + max(0.0, agreement), opposite + max(0.0, -agreement)
    later = len(valences) - 1
    return Course(same / later, 1.0 - opposite / later, None)


def _later(valences: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """Of each later sentence: its valence, what the feeling has been so far, the valence signed by that."""
    before = valences[0]
    for valence in valences[1:]:
        yield valence, before, valence * ((before > 0) - (before < 0))
        before += valence
