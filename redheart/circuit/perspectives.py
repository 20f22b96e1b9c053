"""Step 1: who is concerned, with what weight, and whose feelings were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from redheart.calculus.felicific.culture_weights import CultureWeights
from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep
from redheart.types.situation import Situation, Stakeholder

Group = Literal["community", "other", "self"]

#: How much each group counts; only groups that are in the text share the weight.
GROUP_WEIGHTS: Mapping[Group, float] = {"community": 0.5, "other": 0.3, "self": 0.2}
#: A community stands for several persons.
PERSONS_OF_A_COMMUNITY = 4


@dataclass(frozen=True, slots=True)
class Perspective:
    """One group of the text; weights of all perspectives sum to 1. Only the teller's feelings are ever `read`."""

    group: Group
    names: tuple[str, ...]
    weight: float
    read: bool


@dataclass(frozen=True, slots=True)
class Party:
    """One stakeholder as the calculus counts it; `read` if the feelings that were read are their own."""

    name: str
    group: Group
    persons: int
    read: bool


def perspectives_of(situation: Situation, culture: CultureWeights) -> tuple[Perspective, ...]:
    """Groups that are in the text, the weightiest first; none where nobody is named."""
    names = {group: _names(situation.stakeholders, group) for group in GROUP_WEIGHTS}
    weights = {group: GROUP_WEIGHTS[group] * culture.persons.get(group, 1.0) for group in names if names[group]}
    total = sum(weights.values())
    ranked = sorted(weights, key=lambda group: -weights[group])
    return tuple(Perspective(group, names[group], weights[group] / total, group == "self") for group in ranked)


def parties_of(stakeholders: Sequence[Stakeholder]) -> tuple[Party, ...]:
    """Everybody named, a community counted as four; the teller where nobody is, for a text has one."""
    named = tuple(
        Party(who.name, who.group, PERSONS_OF_A_COMMUNITY if who.group == "community" else 1, who.group == "self")
        for who in stakeholders
    )
    return named or (Party("self", "self", 1, True),)


def persons_at_stake(stakeholders: Sequence[Stakeholder]) -> int:
    """How many persons the parties are, at least 1."""
    return sum(party.persons for party in parties_of(stakeholders))


def perspectives_step(situation: Situation, perspectives: Sequence[Perspective], culture: CultureWeights) -> TraceStep:
    """The trace of step 1."""
    shares = len(perspectives) > 1  # a group alone has all the weight, whatever the culture
    reasons = [_reason(perspective, culture if shares else CultureWeights()) for perspective in perspectives]
    return trace_step(
        1,
        "stakeholder perspectives",
        {"stakeholders": [{"name": who.name, "group": who.group} for who in situation.stakeholders]},
        {"perspectives": [_outputs(perspective) for perspective in perspectives]},
        reasons or ["nobody is named in the text; the reading is the teller's"],
    )


def _names(stakeholders: Sequence[Stakeholder], group: Group) -> tuple[str, ...]:
    return tuple(who.name for who in stakeholders if who.group == group)


def _outputs(perspective: Perspective) -> dict[str, object]:
    emotion = "the teller's reading" if perspective.read else "not read"
    return {
        "group": perspective.group,
        "names": perspective.names,
        "weight": perspective.weight,
        "emotion": emotion,
    }


def _reason(perspective: Perspective, culture: CultureWeights) -> str:
    names, group = ", ".join(perspective.names), perspective.group
    known = "the reading is the teller's" if perspective.read else "own feelings not read"
    moved = f"; culture x{culture.persons[group]:g}: {culture.reasons[group]}" if group in culture.persons else ""
    return f"{group} ({names}): weight {perspective.weight:.2f}, {known}{moved}"
