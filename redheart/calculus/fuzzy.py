"""Linguistic variables with their terms, and Mamdani rules over them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GRID = 1001  # points of [0, 1] at which a variable is looked through for gaps
#: A premise that holds at least this much holds rather than not. An output of which no rule's premise does is left out.
LEAST_PREMISE: Final = 0.5
_ROUNDING: Final = 1e-9  # a value on the boundary is on it however it was rounded


@dataclass(frozen=True, slots=True)
class Trapezoid:
    """Membership 0 up to `a`, rising to 1 at `b`, 1 up to `c`, falling to 0 at `d`.

    A shoulder has its two outer corners in one point (a = b, or c = d), where the membership is 1: full at the end.
    Raises ValueError for corners that are not in order or outside [0, 1].
    """

    a: float
    b: float
    c: float
    d: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.a <= self.b <= self.c <= self.d <= 1.0:
            raise ValueError(f"corners '{self.a}, {self.b}, {self.c}, {self.d}' must rise from 0 to 1")

    def membership(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """(...,) -> (...,): membership in [0, 1] of every value."""
        rising = np.ones_like(x) if self.a == self.b else (x - self.a) / (self.b - self.a)
        falling = np.ones_like(x) if self.c == self.d else (self.d - x) / (self.d - self.c)
        inside = (x >= self.a) & (x <= self.d)
        degree: NDArray[np.float64] = np.where(inside, np.clip(np.minimum(rising, falling), 0.0, 1.0), 0.0)
        return degree


def triangle(a: float, b: float, c: float) -> Trapezoid:
    """Membership 1 at `b` alone."""
    return Trapezoid(a, b, b, c)


@dataclass(frozen=True, slots=True)
class LinguisticVariable:
    """A quantity in [0, 1] and its terms from low to high. Raises ValueError where some value belongs to no term."""

    name: str
    terms: Mapping[str, Trapezoid]

    def __post_init__(self) -> None:
        covered = np.max([shape.membership(_UNIT) for shape in self.terms.values()], axis=0)
        if not covered.all():
            gap = float(_UNIT[int(np.argmin(covered))])
            raise ValueError(f"no term of {self.name} covers '{gap:g}'; let neighbouring terms overlap")

    def memberships(self, value: float) -> dict[str, float]:
        """Term -> membership in [0, 1]. Raises ValueError for a value outside [0, 1]."""
        return {name: self._degree(self.name, shape, value) for name, shape in self.terms.items()}

    def at_least(self, term: str, value: float) -> float:
        """Membership in `term` or above: what rises to a term stays full beyond it. Raises ValueError out of range."""
        shape = self.terms[term]
        return self._degree(self.name, Trapezoid(shape.a, shape.b, 1.0, 1.0), value)

    def term(self, value: float) -> str:
        """The term of highest membership, the higher term of equals. Raises ValueError as `memberships` does."""
        degrees = self.memberships(value)
        return max(reversed(degrees), key=lambda name: round(degrees[name], 12))

    @staticmethod
    def _degree(name: str, shape: Trapezoid, value: float) -> float:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} is '{value}'; it must lie in [0, 1]")
        return float(shape.membership(np.array(float(value))))


@dataclass(frozen=True, slots=True)
class Rule:
    """If every input is at least its term, then every output is `term`; `weight` in (0, 1] says how far it is held."""

    given: Mapping[str, str]
    outputs: tuple[str, ...]
    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class Inferred:
    """One output: the centroid in [0, 1], its term, and the numbers of the rules that fired with their strength.

    `strength` in (0, 1] is that of the strongest of them: the centroid says where, the strength how surely.
    """

    value: float
    term: str
    strength: float
    rules: dict[int, float]


@dataclass(frozen=True, slots=True)
class RuleBase:
    """Rules over inputs that share one variable, for outputs that share another.

    Raises ValueError for a rule that names an unknown input, output or term, or none, has a weight outside (0, 1], or
    infers a term without a width.
    """

    inputs: tuple[str, ...]
    given: LinguisticVariable
    outputs: tuple[str, ...]
    inferred: LinguisticVariable
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        for number, rule in enumerate(self.rules):
            where = f"rule {number}"
            _refuse_unknown(where, "input", rule.given, self.inputs)
            _refuse_unknown(where, f"term of {self.given.name}", rule.given.values(), self.given.terms)
            _refuse_unknown(where, "output", rule.outputs, self.outputs)
            _refuse_unknown(where, f"term of {self.inferred.name}", (rule.term,), self.inferred.terms)
            if not rule.given or not rule.outputs:
                raise ValueError(f"{where} is '{rule.given} -> {rule.outputs}'; it needs an input and an output")
            if self.inferred.terms[rule.term].a == self.inferred.terms[rule.term].d:
                raise ValueError(f"{where} infers '{rule.term}', which has no width to take a centroid of")
            if not 0.0 < rule.weight <= 1.0:
                raise ValueError(f"{where} has the weight '{rule.weight}'; it must lie in (0, 1]")

    def infer(self, values: Mapping[str, float]) -> dict[str, Inferred]:
        """Mamdani: AND is the minimum, a rule's strength scales with its weight and cuts its term, rules join by the
        maximum, the value is the exact centroid. An output is left out unless the premise of one of its rules holds by
        LEAST_PREMISE, for the centroid of a term that is hardly cut at all would be as extreme as that of the whole.
        Beyond that boundary every rule joins that fires at all, and the value is continuous in the inputs. Rules over
        an input that is not in `values` are left out. Raises ValueError for a value outside [0, 1].
        """
        premises = {number: self._premise(rule, values) for number, rule in enumerate(self.rules)}
        found = {}
        for output in self.outputs:
            fired = {n: p for n, p in premises.items() if p > 0 and output in self.rules[n].outputs}
            if fired and max(fired.values()) >= LEAST_PREMISE - _ROUNDING:
                found[output] = self._inferred({n: self.rules[n].weight * p for n, p in fired.items()})
        return found

    def _premise(self, rule: Rule, values: Mapping[str, float]) -> float:
        if any(name not in values for name in rule.given):
            return 0.0
        return min(self.given.at_least(term, values[name]) for name, term in rule.given.items())

    def _inferred(self, fired: dict[int, float]) -> Inferred:
        value = _centroid([(self.inferred.terms[self.rules[n].term], strength) for n, strength in fired.items()])
        return Inferred(value, self.inferred.term(value), max(fired.values()), fired)


def _centroid(cut: Sequence[tuple[Trapezoid, float]]) -> float:
    """Centroid of the maximum of trapezoids, each cut at its height > 0: integrated piece by piece, each a line."""
    corners = {corner for shape, height in cut for corner in _corners(shape, height)}
    areas, moments = [], []
    for low, high in pairwise(sorted(corners)):
        lines = [_line(shape, height, low, high) for shape, height in cut]
        for left, right, (y, z) in _highest(lines, low, high):
            areas.append((right - left) * (y + z) / 2)
            moments.append((right - left) * (left * (2 * y + z) + right * (y + 2 * z)) / 6)
    return math.fsum(moments) / math.fsum(areas)


def _corners(shape: Trapezoid, height: float) -> tuple[float, ...]:
    """Where the cut shape changes its slope."""
    rise, fall = shape.a + height * (shape.b - shape.a), shape.d - height * (shape.d - shape.c)
    return shape.a, rise, fall, shape.d


def _line(shape: Trapezoid, height: float, low: float, high: float) -> tuple[float, float]:
    """Values at both ends of a piece without a corner inside, as they are just inside it: a shoulder may drop there."""
    quarter = (high - low) / 4
    first, last = np.minimum(height, shape.membership(np.array([low + quarter, high - quarter]))).tolist()
    return first - (last - first) / 2, last + (last - first) / 2


def _highest(
    lines: Sequence[tuple[float, float]], low: float, high: float
) -> Iterator[tuple[float, float, tuple[float, float]]]:
    """The parts of a piece by the line that is highest there: their ends with its values."""
    shares = {0.0, 1.0}  # of the way from low to high
    for (y, z), (v, w) in combinations(lines, 2):
        if (y - v) * (z - w) < 0:
            shares.add((y - v) / ((y - v) - (z - w)))
    for left, right in pairwise(sorted(shares)):
        y, z = max(lines, key=lambda line: line[0] + (line[1] - line[0]) * (left + right) / 2)
        values = y + (z - y) * left, y + (z - y) * right
        yield low + (high - low) * left, low + (high - low) * right, values


def _refuse_unknown(where: str, kind: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"{where} names the {kind} '{name}'; there are {', '.join(known)}")


_UNIT: NDArray[np.float64] = np.linspace(0.0, 1.0, _GRID)
