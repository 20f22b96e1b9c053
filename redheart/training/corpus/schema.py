"""The two formats of labelled files as pydantic models: rows, and labelled records with their variant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(pattern=r"\S")]
Share = Annotated[float, Field(ge=0, le=1)]
Seven = Annotated[list[Share], Field(min_length=7, max_length=7)]
#: Scruples: who is in the wrong.
Verdict = Literal["AUTHOR", "EVERYBODY", "INFO", "NOBODY", "OTHER"]


class Entry(BaseModel):
    """Base of all: no unknown field, no number in a string's place or a string in a number's, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: str | int
    text: Text


class RowEntry(Entry):
    """One row: a text, or a text with another or with two choices, with label names and numbers by name."""

    text_b: Text | None = None
    choices: list[Text] | None = None
    labels: list[str] | None = None
    scores: dict[str, float] | None = None
    meta: dict[str, Any] | None = None
    lang: Literal["en", "ko"] | None = None
    split: Literal["train", "dev", "test"] | None = None


class Bentham(BaseModel):
    """`bentham_scores`: what is not named, nobody said."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    intensity: Share | None = None
    duration: Share | None = None
    certainty: Share | None = None
    propinquity: Share | None = None
    fecundity: Share | None = None
    purity: Share | None = None
    extent: Share | None = None
    external_cost: Share | None = None
    redistribution: Share | None = None
    self_damage: Share | None = None


class DecisionProfile(BaseModel):
    """`surd_metrics` of labelled records: a profile of the decision, no decomposition. Checked, and teaches nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    selection: Share | None = None
    uncertainty: Share | None = None
    risk: Share | None = None
    decision: Share | None = None


class Labelled(Entry):
    """What both kinds of labelled record have."""

    regret_factor: Share | None = None
    bentham_scores: Bentham | None = None
    surd_metrics: DecisionProfile | None = None
    timestamp: str | None = None


class RecordEntry(Labelled):
    """A labelled record; `emotions` are joy, trust, fear, surprise, sadness, disgust, anger."""

    title: str | None = None
    action: str | None = None
    label: Verdict | None = None
    emotions: Seven | None = None


class Metadata(BaseModel):
    """`metadata` of the variant; only the verdict is used."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    label: Verdict | None = None


class VariantEntry(Labelled):
    """The variant: `emotion_vector` in the order of `emotions`. Its embedding is not read: texts are embedded anew."""

    emotion_vector: Seven | None = None
    emotion_labels: dict[str, Any] | None = None
    context_embedding: Any = None
    metadata: Metadata | None = None
