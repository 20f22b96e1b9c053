"""Step 4: what the six moral foundations weigh, given the strongest emotions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep
from redheart.types.emotions import BASE_EMOTIONS
from redheart.types.readings import EmotionReading
from redheart.types.situation import Situation

FOUNDATIONS = ("care_harm", "fairness", "loyalty", "authority", "sanctity", "liberty")
#: A prior, not a reading: where every foundation starts.
PRIOR = 0.5
LOWEST, HIGHEST = 0.1, 0.9
#: Emotions of an option that may move its foundations.
STRONGEST = 5

#: Base emotion -> what a certain presence of it adds to a foundation.
SHIFTS: Mapping[str, Mapping[str, float]] = {
    "joy": {"care_harm": 0.10, "fairness": 0.05},
    "sadness": {"care_harm": 0.15, "loyalty": 0.10},
    "anger": {"fairness": 0.20, "authority": -0.10},
    "fear": {"care_harm": 0.20, "authority": 0.10},
    "trust": {"loyalty": 0.15, "fairness": 0.10},
}
URGENT, URGENT_SHIFT = 0.8, {"care_harm": 0.10, "authority": 0.05}
MANY, MANY_SHIFT = 5, {"fairness": 0.10}


@dataclass(frozen=True, slots=True)
class Ethics:
    """Weight of each foundation in [0.1, 0.9], and what moved it from the prior."""

    values: dict[str, float]
    reasons: tuple[str, ...]


def ethics_of(emotions: Mapping[str, float], situation: Situation) -> Ethics:
    """`emotions`: canonical name -> probability, the strongest only.

    Each base emotion shifts the foundations by its table row times the highest probability among its members, which is
    the expected shift; urgency above 0.8 and more than five stakeholders shift them as well.
    """
    shifts = [(SHIFTS[base], share, f"{base} {share:.2f}") for base, share in _base_shares(emotions).items()]
    if situation.urgency is not None and situation.urgency > URGENT:
        shifts.append((URGENT_SHIFT, 1.0, f"urgency {situation.urgency:.2f}"))
    if len(situation.stakeholders) > MANY:
        shifts.append((MANY_SHIFT, 1.0, f"{len(situation.stakeholders)} stakeholders"))
    values = {name: PRIOR + sum(row.get(name, 0.0) * share for row, share, _ in shifts) for name in FOUNDATIONS}
    reasons = tuple(f"{words} moves {', '.join(row)}" for row, _, words in shifts)
    return Ethics({name: min(HIGHEST, max(LOWEST, value)) for name, value in values.items()}, reasons)


def strongest_of_text(reading: EmotionReading) -> dict[str, float]:
    """The text's strongest emotions, as the reading ranks them."""
    return {score.name: score.probability for score in reading.top}


def strongest_of_option(probabilities: Mapping[str, float]) -> dict[str, float]:
    """The five most probable emotions other than 'neutral'; equals in the order of the list."""
    felt = [name for name in probabilities if name != "neutral"]
    ranked = sorted(felt, key=lambda name: probabilities[name], reverse=True)
    return {name: probabilities[name] for name in ranked[:STRONGEST]}


def ethics_step(emotions: Mapping[str, float], text: Ethics, options: Sequence[Ethics]) -> TraceStep:
    """The trace of step 4."""
    still = [name for name in FOUNDATIONS if text.values[name] == PRIOR]
    prior = f"every foundation starts at the prior {PRIOR}, which is no reading"
    untouched = [f"nothing moved {', '.join(still)}: still the prior"] if still else []
    return trace_step(
        4,
        "ethical values",
        {"strongest_emotions": dict(emotions), "prior": PRIOR},
        {"text": text.values, "options": [ethics.values for ethics in options]},
        [prior, *text.reasons, *untouched],
    )


def _base_shares(emotions: Mapping[str, float]) -> dict[str, float]:
    """Base emotions with a row in the table -> highest probability among their members that are given."""
    shares = {}
    for base in SHIFTS:
        found = [emotions[member] for member in BASE_EMOTIONS[base] if member in emotions]
        if found:
            shares[base] = max(found)
    return shares
