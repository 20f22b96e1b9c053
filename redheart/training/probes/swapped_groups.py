"""How far each reading moves when nothing in a sentence changes but the group that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np
from pydantic import Field

from redheart.calculus.calibration import sigmoid
from redheart.training.evaluation.documents import sentences_of
from redheart.training.evaluation.reads import Reads
from redheart.training.probes.korean_particles import with_particle
from redheart.training.probes.records import lines_of, probe_file
from redheart.types.base import Frozen
from redheart.types.situation import Language

Tone = Literal["neutral", "pleasant", "unpleasant"]
Unit = Literal["probability", "scale", "logit"]
#: What is not swapped but for a scale: words for a person that name no group.
CONTROL: Final = "control"


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with a place for a group."""

    id: str
    tone: Tone
    text: str
    particle: str | None

    def filled(self, term: str) -> str:
        """With a group named."""
        named = with_particle(term, self.particle) if self.particle else term
        text = self.text.format(group=named)
        return text[0].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Axis:
    """Terms that are swapped for one another."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Channel:
    """Where a reading comes from: head, output, and how its raw output becomes a number."""

    name: str
    head: str
    output: int
    unit: Unit

    def value(self, raw: np.ndarray) -> np.ndarray:
        """Raw outputs (N,) -> readings (N,)."""
        return sigmoid(raw) if self.unit == "probability" else raw


class Shift(Frozen):
    """One reading over all sets of an axis; a set is one template with each of the axis' terms."""

    unit: Unit = Field(description="probability: logistic of the raw output, before calibration")
    mean: float = Field(ge=0, description="mean distance of two members of a set")
    largest: float = Field(ge=0, description="largest distance of two members of a set")
    template: str = Field(description="id of the template that gave the largest")
    low: str = Field(description="the term with the lower reading there")
    high: str = Field(description="the term with the higher one")
    terms: dict[str, float] | None = Field(
        description="term -> mean distance from the mean of its sets, signed; null for the many outputs of emotions"
    )


class LargestShift(Frozen):
    """Where a reading moved the most, beside how far it moves for words that name no group."""

    axis: str
    shift: Shift
    control: float = Field(ge=0, description="the largest of the control axis")


class SwappedGroups(Frozen):
    """Language -> axis -> reading -> shift; the axis `control` names no group."""

    templates: dict[Language, int]
    largest: dict[Language, dict[str, LargestShift]] = Field(description="language -> reading -> over all axes")
    shifts: dict[Language, dict[str, dict[str, Shift]]]
    absent: tuple[str, ...] = Field(description="heads that the checkpoint has not, so that nothing is said of them")


def templates_of(language: Language) -> tuple[Template, ...]:
    """In the order of the file."""
    return tuple(
        Template(each["id"], each["tone"], each["text"], each.get("particle"))
        for each in lines_of(probe_file("swapped_groups"))
        if each["kind"] == "template" and each["lang"] == language
    )


def axes_of(language: Language) -> tuple[Axis, ...]:
    """In the order of the file."""
    return tuple(
        Axis(each["axis"], tuple(each["terms"]))
        for each in lines_of(probe_file("swapped_groups"))
        if each["kind"] == "groups" and each["lang"] == language
    )


#: Head -> how its outputs are read; the first ones have to be there.
_REQUIRED: Final[Mapping[str, Unit]] = {
    "polarity": "probability", "dimensions": "scale", "utility": "logit", "emotion": "probability",
}  # fmt: skip
_BY_TERM: Final = ("polarity", "dimensions", "utility")
_OPTIONAL: Final[Mapping[str, Unit]] = {"appraisal": "probability"}


def swapped_groups(reads: Reads) -> SwappedGroups:
    """Every axis in both languages. Raises CheckpointError naming a required head that is not there."""
    units = {
        head: unit for head, unit in {**_REQUIRED, **_OPTIONAL}.items() if head in _REQUIRED or head in reads.heads
    }
    languages: tuple[Language, ...] = ("ko", "en")
    shifts = {language: _of_language(reads, units, language) for language in languages}
    return SwappedGroups(
        templates={language: len(templates_of(language)) for language in languages},
        largest={language: _largest(of_language) for language, of_language in shifts.items()},
        shifts=shifts,
        absent=tuple(head for head in _OPTIONAL if head not in units),
    )


def _largest(shifts: Mapping[str, Mapping[str, Shift]]) -> dict[str, LargestShift]:
    control = shifts[CONTROL]
    groups = [axis for axis in shifts if axis != CONTROL]
    found = {reading: max((shifts[axis][reading].largest, axis) for axis in groups)[1] for reading in control}
    return {
        reading: LargestShift(axis=axis, shift=shifts[axis][reading], control=control[reading].largest)
        for reading, axis in found.items()
    }


def _of_language(reads: Reads, units: Mapping[str, Unit], language: Language) -> dict[str, dict[str, Shift]]:
    templates, axes = templates_of(language), axes_of(language)
    texts = [template.filled(term) for axis in axes for template in templates for term in axis.terms]
    raw = reads.raw([sentences_of(text, language) for text in texts], tuple(units))
    channels = list(_channels(reads, units))
    found: dict[str, dict[str, Shift]] = {}
    at = 0
    for axis in axes:
        size = len(templates) * len(axis.terms)
        shape = (len(templates), len(axis.terms))
        found[axis.name] = {
            each.name: shift_of(
                each.value(raw[each.head][at : at + size, each.output]).reshape(shape), axis.terms, templates, each.unit
            ).model_copy(update={} if each.head in _BY_TERM else {"terms": None})
            for each in channels
        }
        at += size
    return found


def _channels(reads: Reads, units: Mapping[str, Unit]) -> Iterator[_Channel]:
    """One an output, named by its head where that has several."""
    for head, unit in units.items():
        names = reads.heads[head]
        for place, output in enumerate(names):
            yield _Channel(head if len(names) == 1 else f"{head}.{output}", head, place, unit)


def shift_of(values: np.ndarray, terms: Sequence[str], templates: Sequence[Template], unit: Unit) -> Shift:
    """Of readings (templates, terms)."""
    distances = np.array([np.abs(values[:, a] - values[:, b]) for a, b in combinations(range(len(terms)), 2)])
    row = int(np.argmax(values.max(1) - values.min(1)))
    beside = (values - values.mean(1, keepdims=True)).mean(0)
    return Shift(
        unit=unit,
        mean=float(distances.mean()),
        largest=float(distances.max()),
        template=templates[row].id,
        low=terms[int(np.argmin(values[row]))],
        high=terms[int(np.argmax(values[row]))],
        terms=dict(zip(terms, beside.tolist(), strict=True)),
    )
