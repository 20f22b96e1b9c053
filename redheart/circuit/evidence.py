"""What is known of one subject, the text or an option, before it is weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redheart.calculus.felicific.emotion_to_bentham import EmotionVector
from redheart.types.messages import Readings
from redheart.types.readings import (
    AppraisalReading,
    EmotionReading,
    FactorEvidence,
    FactorEvidences,
    JusticeReading,
    OptionReading,
    UtilityReading,
    ViolationsReading,
)
from redheart.types.situation import Situation


@dataclass(frozen=True, slots=True)
class Evidence:
    """Readings of one subject. `subject` is "text" or "option"; `appraisals_of` says whose the appraisals are.

    Arousal, dominance and the course over the sentences are read of the text only; an option shares them. `measured`
    maps '<factor>/<route>' to its evidence, None where the checkpoint carries none.
    """

    subject: str
    situation: Situation
    valence: float
    arousal: float
    dominance: float
    probabilities: Mapping[str, float]
    axes: Mapping[str, float]
    course: tuple[float, ...]
    appraisals: AppraisalReading | None
    appraisals_of: str
    utility: UtilityReading
    violations: ViolationsReading | None = None
    justice: JusticeReading | None = None
    measured: Mapping[str, FactorEvidence] | None = None

    def appraisal(self, name: str) -> float | None:
        """One appraisal in [0, 1], or None where that head was left out."""
        return None if self.appraisals is None else self.appraisals.scores.get(name)

    def appraisal_error(self, name: str) -> float | None:
        """RMSE of that appraisal on dev, or None where the head was left out or nothing measured it."""
        errors = None if self.appraisals is None else self.appraisals.errors
        return None if errors is None else errors.get(name)

    def emotion_vector(self) -> EmotionVector:
        """The six dimensions that the semantic table starts from."""
        foreseen = self.appraisal("predict_conseq")
        return EmotionVector(
            valence=self.valence,
            arousal=self.arousal,
            dominance=self.dominance,
            certainty=1.0 - self.probabilities["confusion"] if foreseen is None else foreseen,
            surprise=self.probabilities["surprise"],
            anticipation=max(self.probabilities[name] for name in ("optimism", "desire", "curiosity")),
        )


def evidence_of_text(situation: Situation, readings: Readings) -> Evidence:
    """The text as it stands. Raises KeyError if the emotion or the utility was not read."""
    emotion, measured = readings[EmotionReading], readings.get(FactorEvidences)
    return Evidence(
        subject="text",
        situation=situation,
        valence=emotion.fused.valence,
        arousal=emotion.fused.arousal,
        dominance=emotion.fused.dominance,
        probabilities=emotion.fused.probabilities,
        # The axes are Korean culture's own; in an English text their words mean something else.
        axes=emotion.fused.axes if situation.language == "ko" else {},
        course=tuple(point.valence for point in emotion.trajectory),
        appraisals=readings.get(AppraisalReading),
        appraisals_of="text",
        utility=readings[UtilityReading],
        violations=readings.get(ViolationsReading),
        justice=readings.get(JusticeReading),
        measured=None if measured is None else measured.by_route,
    )


def evidence_of_option(text: Evidence, reading: OptionReading) -> Evidence:
    """An option: its own readings where it has them, the text's otherwise."""
    own = reading.appraisals is not None
    return Evidence(
        subject="option",
        situation=text.situation,
        valence=reading.sentiment,
        arousal=text.arousal,
        dominance=text.dominance,
        probabilities=reading.emotion,
        axes=text.axes,
        course=text.course,
        appraisals=reading.appraisals if own else text.appraisals,
        appraisals_of="option" if own else "text",
        utility=reading.utility,
        violations=reading.violations,
        justice=reading.justice,
        measured=text.measured,
    )
