"""What may be regretted of each option, by several theories."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen

RegretKind = Literal["action", "inaction", "timing", "choice", "empathy", "prediction"]


class RegretStates(Frozen):
    """The states of the world that regret is reckoned over: one for each option, that it turns out the best."""

    probabilities: tuple[float, ...] = Field(
        description="P(this option turns out the best), one an option, sum 1; from the calibrated pair probabilities"
    )
    utilities: tuple[tuple[float, ...], ...] = Field(
        description="utilities[option][state], <= 0: expected distance to the best of that state, calibrated logits"
    )
    source: str = Field(description="how the states follow from what was read")


class OptionFeeling(Frozen):
    """One option by one theory."""

    option: int
    regret: float = Field(ge=0, description="anticipated: expected over the states, in the variant's unit")
    rejoicing: float = Field(ge=0, description="the same for the states in which this option is the better one")
    experienced: tuple[float, ...] = Field(
        description="what is felt once a state has come true, one a state: regret above 0, rejoicing below"
    )


class RegretVariant(Frozen):
    """One theory of regret, with what it says of every option."""

    name: str = Field(description="savage, loomes_sugden, bell, decision_affect, chorus or redheart")
    rule: str = Field(description="formula by state, with where it was published")
    unit: str = Field(description="what its numbers are counted in")
    parameters: dict[str, float] = Field(description="stated, not fitted")
    least: int | None = Field(description="option with the least regret less rejoicing; null without options")
    options: tuple[OptionFeeling, ...] = Field(description="one an option; empty where `reason` says why")
    reason: str | None = Field(default=None, description="why there are no numbers")


class RegretType(Frozen):
    """A kind of regret that one option could bring, for which the situation holds evidence."""

    kind: RegretKind
    option: int
    against: int = Field(description="the best forgone option that it is compared with")
    reason: str = Field(description="the rule that assigned it, with what was found")


class RegretMoment(Frozen):
    """One day of a course."""

    days: float = Field(ge=0, description="after the choice")
    weight: float = Field(ge=0, description="relative to the regret of an act on its first day")


class RegretCourse(Frozen):
    """How regret of one option goes over time; only acts and omissions have a stated course."""

    kind: Literal["action", "inaction"]
    option: int
    moments: tuple[RegretMoment, ...]
    crossing_days: float = Field(description="from here on an omission weighs more than an act")
    source: str = Field(description="the figures are stated, not measured")


class RegretDetail(Frozen):
    """Regret over the states of the world; empty parts say why in `reason`."""

    states: RegretStates | None = None
    variants: tuple[RegretVariant, ...] = ()
    types: tuple[RegretType, ...] = ()
    courses: tuple[RegretCourse, ...] = ()
    reason: str | None = Field(default=None, description="why there are no states; null where there are")
