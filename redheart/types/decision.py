"""What the circuit decides, and why."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen
from redheart.types.readings import Factor, Interval


class TraceStep(Frozen):
    """One step of the circuit: what went in, what came out, why."""

    step: int
    name: str
    inputs: dict[str, object]
    outputs: dict[str, object]
    reasons: tuple[str, ...]


class Precedent(Frozen):
    """A past case that lies near this one."""

    case_id: str
    text: str
    similarity: float = Field(ge=-1, le=1, description="cosine of centred encoder vectors")
    decision: str | None
    recorded_at: str


class BenthamResult(Frozen):
    """Bentham's calculus of the text or of one option."""

    factors: dict[str, Factor]
    layers: dict[str, float] = Field(description="six weight layers, each in [0.7, 1.5]")
    layer_reasons: tuple[str, ...]
    hedonic_sign: float = Field(ge=-1, le=1, description="valence: its sign says pleasure or pain")
    score: float | None = Field(description="felicific value, negative for pain; null when a factor it needs is absent")
    utility: float = Field(description="learned utility, centred on the neutral set, Bradley-Terry logits")
    better_than_neutral: float = Field(ge=0, le=1)
    neutral_set: tuple[str, ...]


class OptionVerdict(Frozen):
    """One option, weighed."""

    option: int
    text: str
    origin: str
    utility: float
    bentham: BenthamResult
    anticipated_regret: float = Field(ge=0, description="utility gap to the best forgone option, >= 0")
    regret_probability: float | None = Field(
        ge=0, le=1, description="calibrated P(best forgone option is preferred); null without one, or with a template"
    )
    ethics: dict[str, float] = Field(default_factory=dict)


class View(Frozen):
    """One of the three views of an option."""

    name: Literal["optimistic", "neutral", "pessimistic"]
    valence: float = Field(ge=-1, le=1)


class Scenario(Frozen):
    """Three views of one option, from the interval of its valence."""

    option: int
    text: str
    views: tuple[View, ...]
    interval: Interval
    source: str


class Decision(Frozen):
    """The circuit's verdict."""

    recommended: int | None
    recommended_text: str | None
    confidence: float | None = Field(ge=0, le=1)
    confidence_reason: str
    reasons: tuple[str, ...]
    dissent: tuple[str, ...]
    options: tuple[OptionVerdict, ...]


class CircuitOutcome(Frozen):
    """All that the circuit adds to a task."""

    decision: Decision
    text_bentham: BenthamResult
    regret_anticipated: float | None
    regret_potential: float | None = Field(
        ge=0, le=1, description="1 - confidence: calibrated P(the runner-up is preferred to the recommended option)"
    )
    precedents: tuple[Precedent, ...]
    trace: tuple[TraceStep, ...]
    scenarios: tuple[Scenario, ...]
    warnings: tuple[str, ...] = ()
