"""Labelled records, in both documented kinds -> what they teach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from redheart.nn.network.targets import FACTORS, RECORD_EMOTIONS
from redheart.training.corpus.faults import Unfit
from redheart.training.corpus.sample import Document, Taught
from redheart.training.corpus.schema import Labelled, RecordEntry, VariantEntry

TARGETS_OF_RECORDS: Final = ("base_emotion", "factors", "regret", "acceptable")
PROVENANCE: Final = (
    "labelled records: `emotions` as seven shares of 1, `bentham_scores`, `regret_factor`; the verdict is acceptable "
    "where it blames others or nobody (OTHER, NOBODY), not where it blames the author (AUTHOR, EVERYBODY), open at INFO"
)
NOTES: Final = (
    "`surd_metrics` is a profile of the decision (selection, uncertainty, risk, decision), no decomposition: "
    "it is checked, and teaches nothing",
)
VARIANT_NOTES: Final = ("`context_embedding` is not read: texts are embedded by the encoder that serves them",)
#: How far seven shares may sum from 1 when each is rounded to two digits.
ROUNDING: Final = 7 * 0.005 + 1e-9
_ACCEPTABLE: Final = {"OTHER": 1.0, "NOBODY": 1.0, "AUTHOR": 0.0, "EVERYBODY": 0.0}


def taught_by(record: Labelled) -> Taught:
    """A record -> its document. Raises Unfit for emotions that cannot be shares of 1."""
    known: dict[str, tuple[float, ...]] = {}
    emotions = _emotions(record)
    if emotions is not None:
        known["base_emotion"] = emotions
    if record.bentham_scores is not None:
        scores = record.bentham_scores.model_dump()
        known["factors"] = tuple(math.nan if scores[name] is None else scores[name] for name in FACTORS)
    if record.regret_factor is not None:
        known["regret"] = (record.regret_factor,)
    verdict = _verdict(record)
    if verdict in _ACCEPTABLE:
        known["acceptable"] = (_ACCEPTABLE[verdict],)
    return Taught((Document((record.text,), known),))


def _verdict(record: Labelled) -> str:
    if isinstance(record, VariantEntry):
        return (record.metadata.label if record.metadata else None) or ""
    assert isinstance(record, RecordEntry)
    return record.label or ""


def sum_of_emotions(record: Labelled) -> float | None:
    """What the shares that a record gives sum to, before they are made shares of 1; None where it gives none."""
    given = _given(record)
    return None if given is None else float(sum(given[0]))


def _emotions(record: Labelled) -> tuple[float, ...] | None:
    given = _given(record)
    return None if given is None else _shares(*given)


def _given(record: Labelled) -> tuple[Sequence[float], str] | None:
    """The seven numbers of a record, and the field that has them."""
    if isinstance(record, VariantEntry):
        if record.emotion_vector is not None:
            return record.emotion_vector, "emotion_vector"
        return None if record.emotion_labels is None else (_in_order(record.emotion_labels), "emotion_labels")
    assert isinstance(record, RecordEntry)
    return None if record.emotions is None else (record.emotions, "emotions")


def _in_order(named: Mapping[str, object]) -> list[float]:
    """`emotion_labels` without a vector beside it: a number for each of the seven names, in any case."""
    values = {name.casefold(): value for name, value in named.items()}
    numbers = [values.get(name) for name in RECORD_EMOTIONS]
    if len(values) != len(numbers) or not all(type(each) in (int, float) for each in numbers):
        raise Unfit(
            f"'{len(values)}' names, which are not a number for each of {', '.join(RECORD_EMOTIONS)}. "
            "Give those, or `emotion_vector`.", "emotion_labels",
        )  # fmt: skip
    return [float(each) for each in numbers if isinstance(each, int | float)]


def _shares(values: Sequence[float], field: str) -> tuple[float, ...]:
    total = float(sum(values))
    if min(values) < 0 or not 0 < total < math.inf:
        raise Unfit(f"'{total:g}' is their sum, where shares of 1 are wanted. Leave them out if nobody said.", field)
    return tuple(value / total for value in values)
