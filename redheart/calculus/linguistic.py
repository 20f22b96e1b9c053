"""The linguistic variables of this project and its rules from felt emotions to what ethics they make important."""

from __future__ import annotations

from typing import Final

from redheart.calculus.fuzzy import LinguisticVariable, Rule, RuleBase, triangle

#: Strength of a feeling in [0, 1]. The shoulders are full at 0 and at 1.
EMOTION_INTENSITY: Final = LinguisticVariable(
    "emotion_intensity",
    {
        "barely_felt": triangle(0.0, 0.0, 0.3),
        "noticeable": triangle(0.1, 0.3, 0.5),
        "moderate": triangle(0.3, 0.5, 0.7),
        "strong": triangle(0.5, 0.7, 0.9),
        "overwhelming": triangle(0.7, 1.0, 1.0),
    },
)
ETHICS_IMPORTANCE: Final = LinguisticVariable(
    "ethics_importance",
    {
        "irrelevant": triangle(0.0, 0.0, 0.25),
        "somewhat_important": triangle(0.0, 0.25, 0.5),
        "important": triangle(0.25, 0.5, 0.75),
        "very_important": triangle(0.5, 0.75, 1.0),
        "critical": triangle(0.75, 1.0, 1.0),
    },
)
CONFIDENCE: Final = LinguisticVariable(
    "confidence",
    {
        "open": triangle(0.0, 0.0, 0.25),
        "unsure": triangle(0.0, 0.25, 0.5),
        "fairly_sure": triangle(0.25, 0.5, 0.75),
        "sure": triangle(0.5, 0.75, 1.0),
        "very_sure": triangle(0.75, 1.0, 1.0),
    },
)

FELT: Final = ("joy", "trust", "love", "sadness", "anger", "fear")
FOUNDATIONS: Final = ("care_harm", "fairness", "loyalty", "authority")
#: Stated, not measured: weights are how far a rule is held.
RULES: Final = (
    Rule({"joy": "strong"}, ("care_harm",), "very_important", 0.8),
    Rule({"sadness": "strong"}, ("care_harm",), "critical", 0.9),
    Rule({"sadness": "strong"}, ("loyalty",), "important", 0.7),
    Rule({"anger": "strong"}, ("fairness",), "critical", 0.9),
    Rule({"anger": "strong"}, ("authority",), "somewhat_important", 0.6),
    Rule({"fear": "strong"}, ("authority",), "very_important", 0.8),
    Rule({"fear": "overwhelming"}, ("care_harm",), "critical", 0.9),
    Rule({"trust": "strong"}, ("loyalty",), "very_important", 0.8),
    Rule({"love": "strong"}, ("care_harm",), "critical", 0.9),
    Rule({"joy": "moderate", "sadness": "moderate"}, FOUNDATIONS, "important", 0.6),
    Rule({"joy": "moderate", "anger": "moderate"}, FOUNDATIONS, "important", 0.6),
)


def ethics_rules() -> RuleBase:
    """The eleven rules, checked against their variables. Raises ValueError if one names what is not there."""
    return RuleBase(FELT, EMOTION_INTENSITY, FOUNDATIONS, ETHICS_IMPORTANCE, RULES)
