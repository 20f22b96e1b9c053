"""Step 4: what the moral foundations weigh that the text or an option touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redheart.calculus.felicific.culture_weights import CultureWeights
from redheart.calculus.fuzzy import Inferred, RuleBase
from redheart.calculus.linguistic import FOUNDATIONS as FOUNDATIONS
from redheart.calculus.linguistic import ethics_rules
from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep
from redheart.types.emotions import BASE_EMOTIONS
from redheart.types.situation import Situation

#: A prior, not a reading: where every foundation starts.
PRIOR = 0.5
LOWEST, HIGHEST = 0.1, 0.9
#: A foundation moved by less than this is not touched.
LEAST_SHIFT = 0.01

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
_RULES: RuleBase = ethics_rules()


@dataclass(frozen=True, slots=True)
class Ethics:
    """Weight in [0.1, 0.9] of each foundation that was touched, the weightiest first, and what moved them.

    `importance` is what the fuzzy rules say of the same emotions, in words; it stands beside the weights.
    `without_culture` holds the weights as they are where no culture is set.
    """

    values: dict[str, float]
    reasons: tuple[str, ...]
    importance: dict[str, Inferred]
    without_culture: dict[str, float]


def ethics_of(emotions: Mapping[str, float], situation: Situation, culture: CultureWeights) -> Ethics:
    """`emotions`: canonical name -> probability, in [0, 1].

    Each base emotion shifts the foundations by its table row times the highest probability among its members, which is
    the expected shift; urgency above 0.8 and more than five stakeholders shift them as well. A foundation that ends
    within 0.01 of the prior is left out. A culture multiplies the shifts of those that are left, which were read, and
    never the prior, which was not.
    """
    shifts = _shifts(emotions, situation)
    moved = {name: sum(row.get(name, 0.0) for row in shifts.values()) for name in FOUNDATIONS}
    read = {name: shift for name, shift in moved.items() if abs(shift) >= LEAST_SHIFT}
    weighed = {name: PRIOR + culture.strengthened(name, shift) for name, shift in read.items()}
    ranked = sorted(weighed, key=lambda name: -weighed[name])
    reasons = [reason for words, row in shifts.items() if (reason := _reason(words, row, ranked))]
    return Ethics(
        {name: _clamped(weighed[name]) for name in ranked},
        (*reasons, *_cultural_reasons(culture, {name: read[name] for name in ranked})),
        _RULES.infer({name: _share(name, emotions) for name in _RULES.inputs}),
        {name: _clamped(PRIOR + read[name]) for name in ranked},
    )


def ethics_step(text: Ethics, options: Sequence[Ethics]) -> TraceStep:
    """The trace of step 4."""
    prior = f"every foundation starts at the prior {PRIOR}, which is no reading; those that nothing moved are left out"
    values = [*text.reasons] if text.values else ["the text moves no foundation"]
    return trace_step(
        4,
        "ethical values",
        {"prior": PRIOR, "least_shift": LEAST_SHIFT},
        {
            "text": text.values,
            "options": [ethics.values for ethics in options],
            "importance": _importance(text),
            "options_importance": [_importance(ethics) for ethics in options],
        },
        [prior, *values, *_fuzzy_reasons(text)],
    )


def _shifts(emotions: Mapping[str, float], situation: Situation) -> dict[str, dict[str, float]]:
    """What moves the foundations, in words -> by how much each."""
    shifts = {}
    for base, row in SHIFTS.items():
        share = _share(base, emotions)
        shifts[f"{base} {share:.2f}"] = {name: shift * share for name, shift in row.items()}
    if situation.urgency is not None and situation.urgency > URGENT:
        shifts[f"urgency {situation.urgency:.2f}"] = URGENT_SHIFT
    if len(situation.stakeholders) > MANY:
        shifts[f"{len(situation.stakeholders)} stakeholders"] = MANY_SHIFT
    return shifts


def _share(name: str, emotions: Mapping[str, float]) -> float:
    """Highest probability among the members of a base emotion; of the emotion itself where it is no base emotion."""
    return max((emotions[member] for member in BASE_EMOTIONS.get(name, (name,)) if member in emotions), default=0.0)


def _reason(words: str, row: Mapping[str, float], ranked: Sequence[str]) -> str:
    """Empty for a cause without a share in any foundation of the ranking."""
    named = [f"{name} {row[name]:+.2f}" for name in ranked if abs(row.get(name, 0.0)) >= LEAST_SHIFT]
    return f"{words}: {', '.join(named)}" if named else ""


def _clamped(weight: float) -> float:
    return min(HIGHEST, max(LOWEST, weight))


def _cultural_reasons(culture: CultureWeights, read: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(
        f"culture: {name} x{culture.foundations[name]:g}, {culture.reasons[name]}: "
        f"shift {shift:+.3f} becomes {culture.strengthened(name, shift):+.3f}"
        for name, shift in read.items()
        if name in culture.foundations
    )


def _importance(ethics: Ethics) -> dict[str, dict[str, object]]:
    return {
        name: {"value": found.value, "term": found.term, "strength": found.strength}
        for name, found in ethics.importance.items()
    }


def _fuzzy_reasons(ethics: Ethics) -> list[str]:
    """Which rules say so, in words."""
    fired = {n: s for found in ethics.importance.values() for n, s in found.rules.items()}
    return [f"importance, rule {n + 1} (strength {fired[n]:.2f}): {_words(n)}" for n in sorted(fired)]


def _words(number: int) -> str:
    rule = _RULES.rules[number]
    given = " and ".join(f"{name} at least {term}" for name, term in rule.given.items())
    return f"{given} -> {', '.join(rule.outputs)} {rule.term}"
