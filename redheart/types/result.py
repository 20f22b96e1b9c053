"""The result of one request: the one schema of the command line, the HTTP API, the MCP tool and the Python API."""

from typing import Any, Literal

from pydantic import Field

from redheart.types.base import Frozen
from redheart.types.decision import BenthamResult, Decision, Precedent, Scenario, TraceStep
from redheart.types.messages import Answer
from redheart.types.readings import (
    AppraisalReading,
    CounterfactualReading,
    EmotionReading,
)
from redheart.types.regret import RegretCourse, RegretStates, RegretType, RegretVariant
from redheart.types.residency import MemoryReport
from redheart.types.situation import Language, Option, RegretCues, Sentence, Stakeholder
from redheart.types.surd import SurdReading

SCHEMA_VERSION: Literal["1.0"] = "1.0"
DISCLAIMER = "Support for a decision, not advice: no legal, medical or clinical judgement."


class RegretAnalysis(Frozen):
    """What may be regretted."""

    cues: CounterfactualReading
    words: RegretCues | None = Field(default=None, description="feelings, counterfactuals, deed: what the words say")
    anticipated: float | None = Field(
        description="what the worst choice would cost: largest gap to the best forgone option, utility logits"
    )
    potential: float | None = Field(
        ge=0, le=1, description="1 - confidence: P(the runner-up is preferred to the recommended option)"
    )
    states: RegretStates | None = Field(default=None, description="which option turns out the best; null with a reason")
    reason: str | None = Field(default=None, description="why there are no states, and so no variants")
    variants: tuple[RegretVariant, ...] = Field(default=(), description="six theories of regret, each for every option")
    types: tuple[RegretType, ...] = Field(
        default=(), description="kinds of regret each option could bring; one without evidence is absent"
    )
    courses: tuple[RegretCourse, ...] = Field(default=(), description="acts and omissions over time; stated curves")


class Analysis(Frozen):
    """The four questions."""

    emotion: EmotionReading
    bentham: BenthamResult
    regret: RegretAnalysis
    surd: SurdReading
    appraisals: AppraisalReading | None


class CircuitResult(Frozen):
    """The circuit's work."""

    decision: Decision
    precedents: tuple[Precedent, ...]
    trace: tuple[TraceStep, ...]


class Integrated(Frozen):
    """Five numbers; null where no calibrated or exact source exists, with the reason in `warnings`."""

    overall_sentiment: float | None = Field(ge=-1, le=1, description="2 P(pleasant) - 1, calibrated on dev rows")
    ethical_score: float | None = Field(
        ge=0, le=1, description="utilitarian reading alone: mean P(more pleasant than a neutral sentence)"
    )
    regret_potential: float | None = Field(ge=0, le=1, description="1 - confidence")
    causal_clarity: float | None = Field(ge=0, le=1, description="the largest share of the decomposition")
    confidence: float | None = Field(
        ge=0, le=1, description="P(recommended option preferred to the runner-up), calibrated on English pairs"
    )


class LLMResult(Frozen):
    """What the language model contributed."""

    backend: str
    initial: str | None
    final: Answer | None


class Provenance(Frozen):
    """Where every number comes from."""

    version: str
    checkpoint: str
    checkpoint_hash: str
    encoder: str
    encoder_revision: str
    heads: tuple[str, ...]
    precision: str
    neutral_set: str
    disclaimer: str = DISCLAIMER


class InferResult(Frozen):
    """One answered request."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    text: str
    language: Language
    sentences: tuple[Sentence, ...]
    stakeholders: tuple[Stakeholder, ...]
    options: tuple[Option, ...]
    analysis: Analysis
    circuit: CircuitResult
    scenarios: tuple[Scenario, ...]
    integrated: Integrated
    llm: LLMResult
    provenance: Provenance
    timing: dict[str, float] = Field(description="seconds by phase, and `total`")
    memory: MemoryReport
    degraded: tuple[str, ...]
    warnings: tuple[str, ...]


def result_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of InferResult."""
    return InferResult.model_json_schema(mode="serialization")
