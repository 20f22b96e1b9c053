"""Labelled records, in both documented kinds -> what they teach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from redheart.nn.network.targets import BASE_EMOTIONS, FACTORS
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


def _emotions(record: Labelled) -> tuple[float, ...] | None:
    if isinstance(record, VariantEntry):
        if record.emotion_vector is None and record.emotion_labels is not None:
            return _shares(_in_order(record.emotion_labels), "emotion_labels")
        return None if record.emotion_vector is None else _shares(record.emotion_vector, "emotion_vector")
    assert isinstance(record, RecordEntry)
    return None if record.emotions is None else _shares(record.emotions, "emotions")


def _in_order(named: Mapping[str, object]) -> list[float]:
    """`emotion_labels` without a vector beside it: a number for each of the seven names, in any case."""
    values = {name.casefold(): value for name, value in named.items()}
    numbers = [values.get(name) for name in BASE_EMOTIONS]
    if len(values) != len(numbers) or not all(type(each) in (int, float) for each in numbers):
        raise Unfit(
            f"'{len(values)}' names, which are not a number for each of {', '.join(BASE_EMOTIONS)}. "
            "Give those, or `emotion_vector`.", "emotion_labels",
        )  # fmt: skip
    return [float(each) for each in numbers if isinstance(each, int | float)]


def _shares(values: Sequence[float], field: str) -> tuple[float, ...]:
    total = float(sum(values))
    if min(values) < 0 or not 0 < total < math.inf:
        raise Unfit(f"'{total:g}' is their sum, where shares of 1 are wanted. Leave them out if nobody said.", field)
    return tuple(value / total for value in values)
