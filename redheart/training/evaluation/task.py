"""A task as data: what of a row is read, which outputs answer, what is measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from redheart.types.base import Frozen

Read = Literal["text", "joint", "pair", "choices", "cause_first"]
#: How many documents a row has by what is read; None for as many as it has choices.
DOCUMENTS: dict[Read, int | None] = {"text": 1, "joint": 1, "pair": 2, "choices": None, "cause_first": None}
Share = Annotated[float, Field(gt=0, lt=1)]


class Fields(Frozen):
    """What the fields of a row are called; `text_b`, `choices`, `scores`, `meta`, `lang`, `split` may be absent."""

    id: str = "id"
    text: str = "text"
    text_b: str = "text_b"
    choices: str = "choices"
    labels: str = Field("labels", description="a list of names, or one name or number")
    scores: str = Field("scores", description="numbers by name")
    meta: str = "meta"
    lang: str = "lang"
    split: str = "split"


class ZeroShot(Frozen):
    """A head that was taught something else, where the checkpoint has none of the task's own."""

    head: str
    output: str | None = Field(None, description="the head's only one by default")
    centred: bool = Field(False, description="take off the mean of the neutral set of the text's language")
    why: str = Field(description="one sentence for the reader of the figures")


class Group(Frozen):
    """Rows that count as right only together."""

    size: int = Field(ge=2)
    share: int | None = Field(
        None, ge=1, description="rows whose ids say nothing of groups share so many first characters; all by default"
    )


class Prior(Frozen):
    """Share of positive rows that the task has by its construction, where the dev rows have another one."""

    share: Share
    but: tuple[str, ...] = Field((), description="splits that have the share of the dev rows")
    why: str


class Part(Frozen):
    """One question of a task. Data labels are called as outputs are, but for `output_prefix` and `rename`."""

    name: str
    head: str | None = Field(None, description="the head taught for this")
    zero_shot: ZeroShot | None = None
    prefix: str = Field("", description="put before the names of the metrics")
    labels_from: str = Field("labels", description="'labels', or a key of the row's `meta` as in meta.duration")
    rename: dict[str, str] = Field(default_factory=dict, description="label in the data -> what it is called here")
    open: tuple[str, ...] = Field((), description="labels of rows that nobody could judge: left out, and counted")

    @model_validator(mode="after")
    def _has_a_head(self) -> Part:
        if self.head is None and self.zero_shot is None:
            raise ValueError("name a `head`, or one that is used `zero_shot`")
        return self


class OutputsPart(Part):
    """A question that several outputs of a head answer."""

    outputs: tuple[str, ...] | None = Field(None, description="names of the head's outputs; all by default")
    output_prefix: str = Field("", description="only outputs that begin so; labels are called without it")


class LabelsPart(OutputsPart):
    """Several labels may hold of a row: one logit a label, above its threshold or not."""

    kind: Literal["labels"]
    metrics: tuple[Literal["macro_f1", "micro_f1", "ece"], ...] = Field(min_length=1)


class ClassPart(OutputsPart):
    """One of several labels holds: the largest logit."""

    kind: Literal["class"]
    metrics: tuple[Literal["accuracy", "macro_f1", "ece"], ...] = Field(min_length=1)


class BinaryPart(Part):
    """One logit."""

    kind: Literal["binary"]
    output: str | None = Field(None, description="name of the head's output; its only one by default")
    positive: tuple[str, ...] = Field(min_length=1)
    negative: tuple[str, ...] = Field((), description="rows without a positive label have to have one of these")
    threshold: Literal["half", "f1", "sign"] = Field(
        "half", description="calibrated probability of 1/2; best F1 on dev; logit of 0, which needs no fit"
    )
    prior: Prior | None = None
    group: Group | None = None
    calibrated_by: str | None = Field(None, description="with 'sign': the task of two sides whose slope serves")
    metrics: tuple[
        Literal["accuracy", "f1", "macro_f1", "exact_match", "argmax_accuracy", "ece"], ...
    ] = Field(min_length=1)  # fmt: skip

    @model_validator(mode="after")
    def _groups_are_there(self) -> BinaryPart:
        if {"exact_match", "argmax_accuracy"} & {*self.metrics} and self.group is None:
            raise ValueError("exact_match and argmax_accuracy need a `group`")
        return self


class PairPart(Part):
    """Two texts: that with the larger output wins."""

    kind: Literal["pair"]
    output: str | None = Field(None, description="name of the head's output; its only one by default")
    first: tuple[str, ...] = Field(min_length=1, description="labels that say that `text` wins")
    second: tuple[str, ...] = Field((), description="labels that say that `text_b` wins")
    metrics: tuple[Literal["accuracy", "ece"], ...] = Field(min_length=1)


class ChoicePart(Part):
    """Several choices: that with the largest output; the label is its place, counted from 0."""

    kind: Literal["choice"]
    output: str | None = Field(None, description="name of the head's output; its only one by default")
    metrics: tuple[Literal["accuracy", "ece"], ...] = Field(min_length=1)


class ScoresPart(OutputsPart):
    """Numbers: Pearson's r of each output with a score of the row."""

    kind: Literal["scores"]
    scores: dict[str, str] = Field(default_factory=dict, description="output -> score, where they differ in name")
    squash: bool = Field(False, description="by the logistic function")
    metrics: tuple[Literal["r", "mean_r"], ...] = Field(min_length=1)


AnyPart = Annotated[
    LabelsPart | ClassPart | BinaryPart | PairPart | ChoicePart | ScoresPart, Field(discriminator="kind")
]


class Task(Frozen):
    """`read`: text; joint (text and text_b together); pair (text, text_b); choices; cause_first (each choice together
    with the text, whichever `meta.ask` calls the cause first).
    """

    about: str = ""
    read: Read = "text"
    fields: Fields = Fields()
    dev: tuple[str, ...] = Field((), description="sets whose dev rows thresholds and calibration are fitted on")
    parts: tuple[AnyPart, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_fit_what_is_read(self) -> Task:
        for part in self.parts:
            wanted = {"pair": 2, "choice": None}.get(part.kind, 1)
            if DOCUMENTS[self.read] != wanted:
                raise ValueError(f"part '{part.name}' is of kind '{part.kind}', which cannot read '{self.read}'")
        names = [part.name for part in self.parts]
        if len(set(names)) < len(names):
            raise ValueError(f"two parts are called '{max(names, key=names.count)}'")
        return self
