"""What a culture weighs more, or less, than nobody's culture would: stated numbers with a reason each, not readings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Culture = Literal["none", "western", "eastern", "korean"]


@dataclass(frozen=True, slots=True)
class CultureWeights:
    """Multipliers around 1, by group of persons, moral foundation and axis; `reasons` says why, by the same names.

    A culture moves weight between the persons of a text, it makes none: see `shared_among`. Its multiplier of a
    foundation holds for what was read of it: see `strengthened`. A name that is absent is not touched.
    """

    persons: Mapping[str, float] = field(default_factory=dict)
    foundations: Mapping[str, float] = field(default_factory=dict)
    axes: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def shared_among(self, parties: Sequence[tuple[str, int]]) -> tuple[float, ...]:
        """What each person of a party weighs; `parties` are group names with numbers of persons, at least one.

        The groups' multipliers over their mean among the persons present, so that the weights average 1 over them:
        a group that is alone weighs as without a culture.
        """
        weights = [self.persons.get(group, 1.0) for group, _ in parties]
        mean = math.fsum(w * n for w, (_, n) in zip(weights, parties, strict=True)) / sum(n for _, n in parties)
        return tuple(weight / mean for weight in weights)

    def strengthened(self, foundation: str, shift: float) -> float:
        """What was read of a foundation, a `shift` from its prior, under this culture.

        A multiplier above 1 strengthens what speaks for the foundation and weakens what speaks against it.
        """
        multiplier = self.foundations.get(foundation, 1.0)
        return shift * multiplier if shift > 0 else shift / multiplier


#: Stated, not measured. Directions follow the literature that each reason names; the sizes are ours and mild (0.8 to
#: 1.2, as every multiplier of a school or culture here), but for the axes, which keep the table they came with.
CULTURES: Final[Mapping[str, CultureWeights]] = {
    "none": CultureWeights(),
    "western": CultureWeights(
        persons={"self": 1.2, "other": 1.0, "community": 0.8},
        foundations={"fairness": 1.1, "loyalty": 0.9, "authority": 0.9},
        reasons={
            "self": "the individual comes first (Hofstede 1980: individualism)",
            "other": "others count as they are",
            "community": "the group is a means of its members",
            "fairness": "equal treatment of strangers is central (Haidt and Graham 2007: individualising foundations)",
            "loyalty": "ties bind less (Graham et al. 2011)",
            "authority": "small power distance (Hofstede 1980)",
        },
    ),
    "eastern": CultureWeights(
        persons={"self": 0.8, "other": 1.0, "community": 1.2},
        foundations={"care_harm": 1.1, "loyalty": 1.1, "authority": 1.1},
        reasons={
            "self": "the self is part of its group (Markus and Kitayama 1991: interdependence)",
            "other": "others count as they are",
            "community": "the harmony of the group comes first (Hofstede 1980: collectivism)",
            "care_harm": "care keeps the harmony",
            "loyalty": "the in-group binds more (Graham et al. 2011: East Asia against the West)",
            "authority": "larger power distance (Hofstede 1980)",
        },
    ),
    "korean": CultureWeights(
        persons={"self": 0.8, "other": 1.1, "community": 1.1},
        foundations={"care_harm": 1.1, "loyalty": 1.2, "authority": 1.2},
        axes={"han": 1.30, "jeong": 1.15, "chemyeon": 1.10},
        reasons={
            "self": "self-restraint before others is a Confucian virtue (극기복례)",
            "other": "persons are what they are to one another: the five relations (오륜), and 정",
            "community": "we (우리) before I",
            "care_harm": "humaneness (인) is the first of the Confucian virtues",
            "loyalty": "loyalty and filial piety (충효)",
            "authority": "order between old and young (장유유서)",
            "han": "한 weighs on what is felt",
            "jeong": "정 weighs on what is felt",
            "chemyeon": "체면 weighs on what is felt",
        },
    ),
}


def culture_weights(name: str) -> CultureWeights:
    """The weights of a culture. Raises ValueError for an unknown name."""
    if name not in CULTURES:
        raise ValueError(f"culture '{name}' is unknown; choose one of {', '.join(CULTURES)}")
    return CULTURES[name]
