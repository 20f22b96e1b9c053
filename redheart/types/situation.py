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
    summary: str | None = Field(default=None, description="the LLM's one-sentence view; null without an LLM")
    llm_reply: str | None = Field(default=None, description="the LLM's reply as it came; null without an LLM")
    llm_emotions: dict[str, float] | None = None
    llm_dimensions: dict[str, float] | None = Field(
        default=None, description="valence, arousal, dominance of the whole, as far as the LLM gave them, in [-1, 1]"
    )
    warnings: tuple[str, ...] = ()
