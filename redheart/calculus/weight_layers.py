"""The six weight layers of a situation: each a number in [0.7, 1.5] with the reason for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LOWEST, HIGHEST = 0.7, 1.5
#: Weight of a cultural axis that is plainly there (above 0.5).
AXIS_WEIGHTS: Mapping[str, float] = {"han": 1.30, "jeong": 1.15, "chemyeon": 1.10}
#: Foundation of the ethics step that stands for each principle of the ethical layer.
PRINCIPLES: Mapping[str, str] = {"care_harm": "life and safety", "fairness": "justice"}

#: A rule that applies: its multiplier and its words.
Active = list[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class LayerContext:
    """What is really known of a situation; None where it is not known.

    `persons` counts those at stake, `urgency` and `uncertainty` lie in [0, 1], `ethics` maps the foundations
    that something moved, `axes` every name, to [0, 1], `valence` and `arousal` lie in [-1, 1], `intensity` in [0, 1].
    """

    sentences: int
    persons: int
    community: bool
    urgency: float | None
    ethics: Mapping[str, float]
    valence: float
    arousal: float
    intensity: float | None
    axes: Mapping[str, float]
    uncertainty: float | None


@dataclass(frozen=True, slots=True)
class WeightLayers:
    """Six layers by name, and one reason each in the same order."""

    values: dict[str, float]
    reasons: tuple[str, ...]


def weight_layers(context: LayerContext) -> WeightLayers:
    """Each layer is the mean of its active rules, clamped to [0.7, 1.5]; with none active it is exactly 1.0."""
    values, reasons = {}, []
    for name, rule in _RULES.items():
        active, nothing = rule(context)
        mean = sum(weight for weight, _ in active) / len(active) if active else 1.0
        values[name] = min(HIGHEST, max(LOWEST, mean))
        words = "; ".join(words for _, words in active) if active else nothing
        reasons.append(f"{name} {values[name]:.4g}: {words}")
    return WeightLayers(values, tuple(reasons))


def _contextual(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    if context.sentences > 1:
        active.append((1.2, f"{context.sentences} sentences hang together (x1.2)"))
    if context.community:
        active.append((1.3, "a community is concerned (x1.3)"))
    return active, "one sentence, no community"


def _temporal(context: LayerContext) -> tuple[Active, str]:
    if context.urgency is None:
        return [], "no time word in the text"
    if context.urgency > 0.8:
        return [(1.4, f"urgent, {context.urgency:.2f} (x1.4)")], ""
    if context.urgency < 0.3:
        return [(0.7, f"not urgent, {context.urgency:.2f} (x0.7)")], ""
    return [], f"urgency {context.urgency:.2f} is neither high nor low"


def _social(context: LayerContext) -> tuple[Active, str]:
    if context.persons < 2:
        return [], "nobody but the teller is named"
    weight = 1.0 + 0.1 * math.log10(context.persons)
    return [(weight, f"{context.persons} persons at stake (1 + 0.1 log10 n)")], ""


def _ethical(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    for foundation, principle in PRINCIPLES.items():
        strength = context.ethics.get(foundation)
        if strength is not None and strength > 0.7:
            active.append((1 + 0.5 * strength, f"{principle} weighs {strength:.2f} (x1 + s/2)"))
    return active, "no principle is above 0.7"


def _emotional(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    if context.intensity is not None:
        term = 0.4 * abs(context.valence) + 0.3 * context.arousal + 0.3 * context.intensity
        active.append((1 + 0.1 * term, "strength of valence, arousal and intensity"))
    for axis, weight in AXIS_WEIGHTS.items():
        if context.axes.get(axis, 0.0) > 0.5:
            active.append((weight, f"{axis} is plain (x{weight:g})"))
    return active, "no intensity, no cultural axis above 0.5"


def _cognitive(context: LayerContext) -> tuple[Active, str]:
    if context.uncertainty is None:
        return [], "nothing was read on how certain the consequences are"
    if context.uncertainty > 0.7:
        return [(0.9, f"uncertain, {context.uncertainty:.2f} (x0.9)")], ""
    if context.uncertainty < 0.3:
        return [(1.1, f"certain, uncertainty {context.uncertainty:.2f} (x1.1)")], ""
    return [], f"uncertainty {context.uncertainty:.2f} is neither high nor low"


_RULES: Mapping[str, Callable[[LayerContext], tuple[Active, str]]] = {
    "contextual": _contextual,
    "temporal": _temporal,
    "social": _social,
    "ethical": _ethical,
    "emotional": _emotional,
    "cognitive": _cognitive,
}
