"""The semantic table from a six-dimensional emotion to the ten factors, for factors that nothing else supplies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class EmotionVector:
    """Valence, arousal, dominance in [-1, 1]; certainty, surprise, anticipation in [0, 1]."""

    valence: float
    arousal: float
    dominance: float
    certainty: float
    surprise: float
    anticipation: float


#: Weights of the linear part, by factor and dimension.
TABLE: Mapping[str, Mapping[str, float]] = {
    "intensity": {"arousal": 0.6, "valence": 0.3, "dominance": 0.1},
    "duration": {"dominance": 0.5, "certainty": 0.3, "arousal": -0.2},
    "certainty": {"certainty": 0.8, "surprise": -0.2},
    "propinquity": {"anticipation": 0.7, "arousal": 0.3},
    "fecundity": {"valence": 0.4, "anticipation": 0.4, "dominance": 0.2},
    "purity": {"valence": 0.5, "certainty": 0.3, "surprise": -0.2},
    "extent": {"dominance": 0.4, "valence": 0.3, "arousal": 0.3},
    "external_cost": {"valence": -0.5, "arousal": 0.3, "surprise": 0.2},
    "redistribution": {"dominance": -0.4, "valence": 0.3, "certainty": 0.3},
    "self_damage": {"valence": -0.6, "dominance": -0.3, "certainty": -0.1},
}

#: Factors that care how strong the valence is, not which way it points.
BY_STRENGTH = frozenset({"intensity", "purity", "extent"})


def factor_from_table(factor: str, emotion: EmotionVector) -> float:
    """Logistic of the factor's weighted sum, in (0, 1). Raises ValueError for an unknown factor or bad value."""
    if factor not in TABLE:
        raise ValueError(f"the table has no factor '{factor}'; it has {', '.join(TABLE)}")
    _check(emotion)
    total = sum(weight * _dimension(emotion, name, factor) for name, weight in TABLE[factor].items())
    return 1.0 / (1.0 + math.exp(-total))


def _dimension(emotion: EmotionVector, name: str, factor: str) -> float:
    value: float = getattr(emotion, name)
    return abs(value) if name == "valence" and factor in BY_STRENGTH else value


def _check(emotion: EmotionVector) -> None:
    for field in fields(emotion):
        value = getattr(emotion, field.name)
        lowest = -1.0 if field.name in ("valence", "arousal", "dominance") else 0.0
        if not lowest <= value <= 1.0:
            raise ValueError(f"{field.name} is '{value}'; it must lie in [{lowest:g}, 1]")
