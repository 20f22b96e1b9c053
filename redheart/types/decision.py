"""What the circuit decides, and why."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen
from redheart.types.readings import Factor, Interval
from redheart.types.regret import RegretDetail


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


class PersonalValue(Frozen):
    """What one stakeholder adds to the hedonic core. The parts sum to the core."""

    name: str = Field(description="the stakeholder, or 'self' where nobody is named")
    group: Literal["self", "other", "community"]
    persons: int = Field(ge=1, description="persons counted: one, or four for a community")
    weight: float = Field(
        gt=0, description="what each of them counts: 1, unless `circuit.culture` is set; averages 1 over all persons"
    )
    read: bool = Field(
        description="true if the feelings are this person's own; false where the text's reading is counted for them"
    )
    value: float = Field(description="signed part of the core, before the layers")


class BenthamResult(Frozen):
    """Bentham's calculus of the text or of one option."""

    factors: dict[str, Factor]
    layers: dict[str, float] = Field(description="six weight layers, each in [0.3, 2.5]")
    layer_reasons: tuple[str, ...]
    hedonic_sign: float = Field(ge=-1, le=1, description="valence: its sign says pleasure or pain")
    score: float | None = Field(
        description="felicific value, negative for pain: `weight` x (`core` + `costs`); null when a factor is absent"
    )
    core: float | None = Field(
        default=None, description="pleasure less pain over all persons, before costs and layers; null as the score"
    )
    costs: float | None = Field(
        default=None, description="external cost, self-damage (negative), redistribution (positive), before the layers"
    )
    weight: float | None = Field(default=None, description="product of the six layers; applied once, after the sum")
    contributions: tuple[PersonalValue, ...] = Field(default=(), description="the core by person; empty where null")
    discount: str | None = Field(default=None, description="how delay is discounted: hyperbolic, exponential, none")
    culture: str | None = Field(default=None, description="`circuit.culture` as set; 'none' weighs nobody's culture")
    core_uncertainty: float | None = Field(
        default=None,
        ge=0,
        description="root mean square distance of the core from the value given, in its unit: over both signs at the "
        "calibrated P(pleasant), and to first order over the measured errors of the factors; it holds the persons and "
        "time words as the rules counted them; null where another factor has no measured error",
    )
    score_uncertainty: float | None = Field(
        default=None, ge=0, description="root mean square distance of the score from the value given, likewise"
    )
    uncertainty_source: str | None = Field(
        default=None, description="how both came about, and which factors have no measured uncertainty"
    )
    variants: dict[str, float | None] = Field(
        default_factory=dict,
        description="other published sums: jeremy = intensity x duration x certainty, signed, over persons; "
        "total_utility = valence summed over the sentences (of the text), in sentences",
    )
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
    anticipated_regret: float = Field(ge=0, description="utility gap to the best forgone option, logits, >= 0")
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
    regret: RegretDetail = RegretDetail()
    precedents: tuple[Precedent, ...]
    trace: tuple[TraceStep, ...]
    scenarios: tuple[Scenario, ...]
    warnings: tuple[str, ...] = ()
