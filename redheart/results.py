"""A finished task -> the result that every front door shows. Nothing is computed here but what sums up other values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redheart.types.decision import CircuitOutcome
from redheart.types.messages import Readings, TaskMessage
from redheart.types.readings import (
    AppraisalReading,
    CounterfactualReading,
    EmotionReading,
    TextEmbedding,
    UtilityReading,
)
from redheart.types.residency import MemoryReport
from redheart.types.result import (
    Analysis,
    CircuitResult,
    InferResult,
    Integrated,
    LLMResult,
    Provenance,
    RegretAnalysis,
)
from redheart.types.situation import Language, Situation
from redheart.types.surd import SurdReading

ENGLISH_ONLY: Final = (
    "analysis: utility, EmoBank dimensions, appraisals and counterfactual cues were learned in English only; "
    "nothing measures them in Korean"
)
KOREAN_ONLY: Final = (
    "analysis: KOTE emotions were learned from Korean comments only; nothing measures them in English, so jeong, han "
    "and chemyeon are left out"
)


@dataclass(frozen=True, slots=True)
class ResultMaker:
    """Knows what is the same for every result of one assembly."""

    provenance: Provenance
    llm_backend: str
    left_out: tuple[str, ...]  # parts switched off for every request

    def __call__(self, task: TaskMessage, memory: MemoryReport, total_s: float) -> InferResult:
        """Raises RuntimeError if a slot of the task is empty."""
        situation, readings, outcome = task.require_situation(), task.require_readings(), task.require_outcome()
        integrated = integrate(readings, outcome)
        return InferResult(
            text=task.text,
            language=situation.language,
            sentences=situation.sentences,
            stakeholders=situation.stakeholders,
            options=situation.options,
            analysis=_analysis(situation, readings, outcome),
            circuit=CircuitResult(decision=outcome.decision, precedents=outcome.precedents, trace=outcome.trace),
            scenarios=outcome.scenarios,
            integrated=integrated,
            llm=LLMResult(backend=self.llm_backend, initial=task.llm_initial, final=task.answer),
            provenance=self.provenance,
            timing={**dict(task.timings), "total": total_s},
            memory=memory,
            degraded=(*self.left_out, *task.degraded),
            warnings=(
                *situation.warnings,
                *outcome.warnings,
                *self._warnings(situation.language, readings, outcome, integrated),
            ),
        )

    def _warnings(
        self, language: Language, readings: Readings, outcome: CircuitOutcome, integrated: Integrated
    ) -> tuple[str, ...]:
        """Why a value is null, and what a reader could mistake."""
        found = []
        if integrated.confidence is None:
            reason = outcome.decision.confidence_reason
            told = any(warning.endswith(reason) for warning in outcome.warnings)
            found.append(f"confidence is null: {'for the same reason' if told else reason}")
        if cut := readings[TextEmbedding].truncated:
            found.append(f"analysis: {', '.join(cut)}: longer than the encoder's window, read only as far as that")
        found.append(ENGLISH_ONLY if language == "ko" else KOREAN_ONLY)
        surd = readings[SurdReading]
        if surd.shares is None:
            found.append(f"surd.shares, causal_clarity are null: {surd.reason}")
        if self.llm_backend == "none":
            found.append("llm: no language model was asked, so the situation is by rules and no words are written")
        return tuple(found)


def _analysis(situation: Situation, readings: Readings, outcome: CircuitOutcome) -> Analysis:
    return Analysis(
        emotion=readings[EmotionReading],
        bentham=outcome.text_bentham,
        regret=RegretAnalysis(
            cues=readings[CounterfactualReading],
            words=situation.regret,
            anticipated=outcome.regret_anticipated,
            potential=outcome.regret_potential,
            states=outcome.regret.states,
            reason=outcome.regret.reason,
            variants=outcome.regret.variants,
            types=outcome.regret.types,
            courses=outcome.regret.courses,
        ),
        surd=readings[SurdReading],
        appraisals=readings.get(AppraisalReading),
    )


def integrate(readings: Readings, outcome: CircuitOutcome) -> Integrated:
    """Five numbers, each with one calibrated or exact source.

    overall_sentiment: calibrated valence. ethical_score: the utilitarian reading, mean P(more pleasant than a
    neutral sentence). regret_potential and confidence: the circuit's, null with templates.
    causal_clarity: the largest share.
    """
    shares = readings[SurdReading].shares
    return Integrated(
        overall_sentiment=readings[EmotionReading].fused.valence,
        ethical_score=readings[UtilityReading].better_than_neutral,
        regret_potential=outcome.regret_potential,
        causal_clarity=None if shares is None else max(shares.model_dump().values()),
        confidence=outcome.decision.confidence,
    )
