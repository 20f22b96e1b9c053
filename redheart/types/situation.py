"""What can be said of a text before any model reads it: language, sentences, stakeholders, options."""

from typing import Final, Literal

from pydantic import Field

from redheart.types.base import Frozen

Language = Literal["ko", "en"]

#: Stands in `Situation.warnings` while the options are templates.
TEMPLATE_WARNING: Final = "no options in the text: three templates stand in, marked as such"


class Sentence(Frozen):
    """One sentence; offsets are code points into the text as given."""

    index: int
    text: str
    start: int
    end: int


class Clause(Frozen):
    """A part of the only sentence; offsets are code points into the text as given."""

    index: int
    text: str
    start: int
    end: int


class Stakeholder(Frozen):
    """Somebody who is in the text."""

    name: str = Field(description="the word that named them, or 'self'")
    group: Literal["self", "other", "community"]
    mentions: int = Field(ge=1)
    source: str = Field(description="rule or LLM that found them")


class Option(Frozen):
    """Something that can be done."""

    index: int
    text: str
    origin: Literal["user", "text", "llm", "template"]


Feeling = Literal["remorse", "guilt", "shame", "disappointment"]
#: own: the writer's, here and before; denied: said not to be; reported: of somebody else; expected: in the future or
#: under a condition; courtesy: a form of words.
Bearing = Literal["own", "denied", "reported", "expected", "courtesy"]
Direction = Literal["upward", "downward", "open"]


class FeelingCue(Frozen):
    """A word of regret or of a feeling near to it; offsets are code points into the text as given."""

    feeling: Feeling
    bearing: Bearing
    text: str
    start: int
    end: int


class CounterfactualCue(Frozen):
    """A form of words that speaks of what did not happen; offsets are code points into the text as given."""

    direction: Direction = Field(description="upward: better than what was; downward: worse; open: the words leave it")
    form: str = Field(description="the rule that found it")
    text: str
    start: int
    end: int


class RegrettedDeed(Frozen):
    """What the writer wishes undone, or done; offsets are code points into the text as given."""

    kind: Literal["action", "inaction"] = Field(description="action: something was done; inaction: it was not")
    form: str = Field(description="the rule that found it")
    text: str
    start: int
    end: int


class RegretCues(Frozen):
    """What the words of a text say of regret: by rules alone, without a probability."""

    feelings: tuple[FeelingCue, ...]
    counterfactuals: tuple[CounterfactualCue, ...]
    deed: RegrettedDeed | None = Field(description="null where no deed of the writer's own is regretted in words")


class Situation(Frozen):
    """A text, parsed."""

    language: Language
    language_source: str
    sentences: tuple[Sentence, ...]
    clauses: tuple[Clause, ...] = Field(description="clauses of a one-sentence text, else empty")
    stakeholders: tuple[Stakeholder, ...]
    options: tuple[Option, ...]
    urgency: float | None = Field(
        default=None, ge=0, le=1, description="share of urgent time words; null without any time word"
    )
    regret: RegretCues | None = Field(default=None, description="words of regret, by rules; null where nobody looked")
    summary: str | None = Field(default=None, description="the LLM's one-sentence view; null without an LLM")
    llm_reply: str | None = Field(default=None, description="the LLM's reply as it came; null without an LLM")
    llm_emotions: dict[str, float] | None = None
    llm_dimensions: dict[str, float] | None = Field(
        default=None, description="valence, arousal, dominance of the whole, as far as the LLM gave them, in [-1, 1]"
    )
    warnings: tuple[str, ...] = ()
