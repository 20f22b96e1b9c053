"""The axes jeong, han, chemyeon, each composed of two named components: no data set labels the axes themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Component:
    """Where a component of an axis is read: a KOTE label; `proxy` says for what the label only stands in, or None."""

    name: str
    label: str
    proxy: str | None


@dataclass(frozen=True, slots=True)
class ComponentValue:
    """A component with its probability in [0, 1], or None where its label was not read."""

    component: Component
    value: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis in [0, 1], or None with the reason, and what it is composed of."""

    value: float | None
    components: tuple[ComponentValue, ...]
    reason: str | None


#: Why a text that is not Korean has no axes.
KOREAN_ONLY: Final = (
    "jeong, han and chemyeon are read from labels of Korean comments; nothing measures them in another language"
)
#: KOTE (Jeon et al. 2022) has no label for loyalty, resentment, dignity or face, so four of the six are proxies.
#: 안타까움/실망 stands for resentment since han's is borne, not vented: among 5,000 annotated comments it goes
#: with 서러움 more often than chance (lift 1.6), as 화남/분노 (1.1) and 증오/혐오 (1.0) do not.
COMPOSITION: Final[Mapping[str, tuple[Component, Component]]] = {
    "jeong": (
        Component("affection", "아껴주는", None),
        Component("loyalty", "고마움", "no label of loyalty: gratitude to whom one is bound"),
    ),
    "han": (
        Component("sorrow", "서러움", None),
        Component("resentment", "안타까움/실망", "no label of resentment: disappointment that is borne, not vented"),
    ),
    "chemyeon": (
        Component("dignity", "뿌듯함", "no label of dignity: pride in oneself"),
        Component("social_face", "부끄러움", "no label of face: shame, which is face lost"),
    ),
}


def cultural_axes(kote: Mapping[str, float]) -> dict[str, Axis]:
    """Each axis from KOTE probabilities in [0, 1] by label.

    An axis is the mean of its two components: the definitions are sums (정 = affection + loyalty), the mean is the sum
    held in [0, 1], and each component is half of the axis, whatever the other does. So chemyeon says how much face is
    at stake, kept or lost. With a component unread the axis is None. Raises ValueError for a value out of range.
    """
    return {axis: _axis(axis, parts, kote) for axis, parts in COMPOSITION.items()}


def _axis(axis: str, parts: tuple[Component, Component], kote: Mapping[str, float]) -> Axis:
    values = tuple(ComponentValue(part, _probability(part, kote)) for part in parts)
    unread = [each.component.name for each in values if each.value is None]
    if unread:
        return Axis(None, values, f"{axis}: nothing read says how much {' or '.join(unread)} there is")
    return Axis(sum(each.value or 0.0 for each in values) / len(values), values, None)


def _probability(part: Component, kote: Mapping[str, float]) -> float | None:
    value = kote.get(part.label)
    if value is not None and not 0.0 <= value <= 1.0:
        raise ValueError(f"{part.label} is '{value}'; a probability lies in [0, 1]")
    return value
