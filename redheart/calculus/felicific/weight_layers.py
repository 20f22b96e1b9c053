"""The six weight layers of a situation: each a number in [0.3, 2.5] with the reason for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

LOWEST: Final = 0.3
HIGHEST: Final = 2.5
#: A principle above this weighs.
WEIGHTY: Final = 0.7
#: An axis above this is plainly there.
PLAIN_AXIS: Final = 0.5
#: Foundation of the ethics step that stands for each principle of the ethical layer.
PRINCIPLES: Final[Mapping[str, str]] = {"care_harm": "life and safety", "fairness": "justice"}

#: A rule that applies: its multiplier and its words.
Active = list[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class LayerContext:
    """What is really known of a situation; None or empty where it is not known.

    `persons` counts those at stake; `vulnerable` and `influential` name some of them. `urgency`, `uncertainty` and
    `load` (how much effort the situation takes) lie in [0, 1], `ethics` maps the foundations that something moved,
    `axes` every name, to [0, 1], `valence` and `arousal` lie in [-1, 1], `intensity` in [0, 1]. `axis_weights` are the
    multipliers of the `culture` that was set; without one no axis weighs. `ethics_without_culture` holds the same
    foundations as they are without one. `urgency_counted` says that the urgency is a factor of the calculus already.
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
    load: float | None = None
    vulnerable: tuple[str, ...] = ()
    influential: tuple[str, ...] = ()
    axis_weights: Mapping[str, float] = field(default_factory=dict)
    culture: str = "none"
    ethics_without_culture: Mapping[str, float] = field(default_factory=dict)
    urgency_counted: bool = False


@dataclass(frozen=True, slots=True)
class WeightLayers:
    """Six layers by name, and one reason each in the same order."""

    values: dict[str, float]
    reasons: tuple[str, ...]


def weight_layers(context: LayerContext) -> WeightLayers:
    """Each layer is the product of its active rules, held in [0.3, 2.5]; with none active it is exactly 1.

    A product, not a mean: a further rule above 1 never lowers a layer. Delay is discounted in the calculus itself and
    so is no rule here. Deterministic and without state: the same context gives the same layers.
    """
    values, reasons = {}, []
    for name, rule in _RULES.items():
        active, nothing = rule(context)
        product = math.prod(weight for weight, _ in active)
        values[name] = min(HIGHEST, max(LOWEST, product))
        words = "; ".join(words for _, words in active) if active else nothing
        held = f"; {product:.4g} held at {values[name]:g}" if values[name] != product else ""
        reasons.append(f"{name} {values[name]:.4g}: {words}{held}")
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
    if context.urgency_counted:
        return [], f"urgency {context.urgency:.2f} is the propinquity already and is not counted twice"
    if context.urgency > 0.8:
        return [(1.4, f"urgent, {context.urgency:.2f} (x1.4)")], ""
    if context.urgency < 0.3:
        return [(0.7, f"not urgent, {context.urgency:.2f} (x0.7)")], ""
    return [], f"urgency {context.urgency:.2f} is neither high nor low"


def _social(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    if context.persons > 1:
        weight = 1.0 + 0.1 * math.log10(context.persons)
        active.append((weight, f"{context.persons} persons at stake (1 + 0.1 log10 n)"))
    if context.vulnerable:
        active.append((1.4, f"vulnerable: {', '.join(context.vulnerable)} (x1.4)"))
    if context.influential:
        active.append((1.3, f"influential: {', '.join(context.influential)} (x1.3)"))
    return active, "nobody but the teller is named"


def _ethical(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    for foundation, principle in PRINCIPLES.items():
        strength = context.ethics.get(foundation)
        if strength is not None and strength > WEIGHTY:
            active.append((1 + 0.5 * strength, f"{principle} weighs {strength:.2f} (x1 + s/2)"))
    turned = "".join(_by_culture(context, foundation) for foundation in PRINCIPLES)
    if active:
        weight, words = active[-1]
        active[-1] = weight, words + turned
    return active, f"no principle is above {WEIGHTY}{turned}"


def _by_culture(context: LayerContext, foundation: str) -> str:
    """Names the culture where it alone brings a foundation over the threshold, or keeps it below."""
    strength, without = context.ethics.get(foundation), context.ethics_without_culture.get(foundation)
    if strength is None or without is None or (strength > WEIGHTY) == (without > WEIGHTY):
        return ""
    return f", by the {context.culture} culture alone: {PRINCIPLES[foundation]} is {without:.2f} without it"


def _emotional(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    if context.intensity is not None:
        term = 0.4 * abs(context.valence) + 0.3 * context.arousal + 0.3 * context.intensity
        active.append((1 + 0.1 * term, "strength of valence, arousal and intensity"))
    for axis, weight in context.axis_weights.items():
        if context.axes.get(axis, 0.0) > PLAIN_AXIS:
            active.append((weight, f"{axis} {context.axes[axis]:.2f} is plain (x{weight:g})"))
    return active, "no intensity was read, no cultural axis weighs"


def _cognitive(context: LayerContext) -> tuple[Active, str]:
    active: Active = []
    if context.load is not None and context.load > 0.8:
        active.append((0.8, f"it takes great effort, {context.load:.2f} (x0.8)"))
    if context.load is not None and context.load < 0.3:
        active.append((1.2, f"it takes little effort, {context.load:.2f} (x1.2)"))
    if context.uncertainty is not None and context.uncertainty > 0.7:
        active.append((0.9, f"uncertain, {context.uncertainty:.2f} (x0.9)"))
    if context.uncertainty is not None and context.uncertainty < 0.3:
        active.append((1.1, f"certain, uncertainty {context.uncertainty:.2f} (x1.1)"))
    return active, _nothing_cognitive(context)


def _nothing_cognitive(context: LayerContext) -> str:
    if context.uncertainty is None:
        return "nothing was read on how certain the consequences are"
    return f"uncertainty {context.uncertainty:.2f} is neither high nor low"


_RULES: Final[Mapping[str, Callable[[LayerContext], tuple[Active, str]]]] = {
    "contextual": _contextual,
    "temporal": _temporal,
    "social": _social,
    "ethical": _ethical,
    "emotional": _emotional,
    "cognitive": _cognitive,
}
