"""Linguistic variables with their terms, and Mamdani rules over them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRID = 1001  # points of [0, 1] a centroid is summed over: an error below 1e-5 on these shapes


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
    """One output: the centroid in [0, 1], its term, and the numbers of the rules that fired with their strength."""

    value: float
    term: str
    rules: dict[int, float]


@dataclass(frozen=True, slots=True)
class RuleBase:
    """Rules over inputs that share one variable, for outputs that share another.

    Raises ValueError for a rule that names an unknown input, output or term, or has a weight outside (0, 1].
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
            if not 0.0 < rule.weight <= 1.0:
                raise ValueError(f"{where} has the weight '{rule.weight}'; it must lie in (0, 1]")

    def infer(self, values: Mapping[str, float]) -> dict[str, Inferred]:
        """Mamdani: AND is the minimum, a rule's strength scales with its weight and cuts its term, rules join by the
        maximum, the value is the centroid. Outputs that no rule moves are left out; so are rules over an input that is
        not in `values`. Raises ValueError for a value outside [0, 1].
        """
        strengths = {number: self._strength(rule, values) for number, rule in enumerate(self.rules)}
        found = {}
        for output in self.outputs:
            fired = {n: s for n, s in strengths.items() if s > 0 and output in self.rules[n].outputs}
            if fired:
                value = self._centroid(fired)
                found[output] = Inferred(value, self.inferred.term(value), fired)
        return found

    def _strength(self, rule: Rule, values: Mapping[str, float]) -> float:
        if any(name not in values for name in rule.given):
            return 0.0
        return rule.weight * min(self.given.at_least(term, values[name]) for name, term in rule.given.items())

    def _centroid(self, fired: Mapping[int, float]) -> float:
        cut = [np.minimum(s, self.inferred.terms[self.rules[n].term].membership(_UNIT)) for n, s in fired.items()]
        joined = np.max(cut, axis=0)
        return math.fsum(_UNIT * joined) / math.fsum(joined)


def _refuse_unknown(where: str, kind: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"{where} names the {kind} '{name}'; there are {', '.join(known)}")


_UNIT: NDArray[np.float64] = np.linspace(0.0, 1.0, _GRID)
