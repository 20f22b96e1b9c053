"""A data file -> its samples, checked. Nothing is repaired and nothing guessed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from redheart.config.refusals import did_you_mean
from redheart.errors import InputError
from redheart.situation.language import detect_language
from redheart.training.corpus.entries import Kind, entries_of, kind_of, refuse_kind
from redheart.training.corpus.faults import Faults, Unfit, shown
from redheart.training.corpus.groups import GroupOf, by_text
from redheart.training.corpus.objects import objects_of
from redheart.training.corpus.recognise import Unknown, by_labels, known_set
from redheart.training.corpus.records import (
    NOTES,
    PROVENANCE,
    ROUNDING,
    TARGETS_OF_RECORDS,
    VARIANT_NOTES,
    sum_of_emotions,
    taught_by,
)
from redheart.training.corpus.sample import OwnSplit, Sample, Taught
from redheart.training.corpus.schema import Labelled, RowEntry
from redheart.training.corpus.sources import set_name
from redheart.training.corpus.teaches import Licence, Teaching
from redheart.training.data import Row
from redheart.types.situation import Language


@dataclass(slots=True)
class ReadFile:
    """What one file holds: its samples, in its order, and what the report says of it."""

    path: Path
    name: str
    kind: Kind
    licence: Licence
    targets: tuple[str, ...]
    provenance: str
    notes: tuple[str, ...] = ()
    samples: list[Sample] = field(default_factory=list)
    read: int = 0
    repeated: int = 0  # same id, same content
    unlabelled: int = 0  # nobody said anything that teaches
    sums: dict[int, float] = field(default_factory=dict)  # line -> sum of emotion shares, where that is not 1


def read_file(path: Path) -> ReadFile:
    """All samples of a file. Raises InputError naming file, line, field, value and mend, for up to three faults."""
    faults = Faults(path)
    objects = objects_of(path, faults)
    try:
        line, first = next(objects)
    except StopIteration:
        raise faults.error() from None
    kind = kind_of(first)
    if kind is None:
        faults.fatal(line, refuse_kind(first).message)
    entries = entries_of(itertools.chain([(line, first)], objects), kind, line, faults)
    if kind == "rows":
        found = _read_rows(path, cast(Iterator[tuple[int, RowEntry]], entries), faults)
    else:
        found = _read_records(path, kind, cast(Iterator[tuple[int, Labelled]], entries), faults)
    faults.refuse_any()
    return found


def _read_records(path: Path, kind: Kind, records: Iterable[tuple[int, Labelled]], faults: Faults) -> ReadFile:
    notes = NOTES if kind == "labelled records" else NOTES + VARIANT_NOTES
    found = ReadFile(path, set_name(path), kind, "unstated", TARGETS_OF_RECORDS, PROVENANCE, notes)
    collector = _Collector(found, faults)
    for line, record in records:
        row = Row(id=str(record.id), text=record.text, split="", lang="")
        if collector.add(line, row, repr(record), by_text, partial(taught_by, record)):
            _weigh(record, line, found.sums)
    return found


def _weigh(record: Labelled, line: int, sums: dict[int, float]) -> None:
    total = sum_of_emotions(record)
    if total is not None and abs(total - 1) > ROUNDING:
        sums[line] = total


def _read_rows(path: Path, entries: Iterable[tuple[int, RowEntry]], faults: Faults) -> ReadFile:
    name = set_name(path)
    rows: Iterator[tuple[int, Row]] = ((line, _row(entry)) for line, entry in entries)
    notes: tuple[str, ...] = ()
    try:
        teaching = known_set(name)
        if teaching is None:
            every = list(rows)
            faults.refuse_any()
            words, teaching = by_labels(name, (row for _, row in every))
            notes, rows = (f"the name '{name}' is unknown: recognised by its labels as {words}",), iter(every)
    except Unknown as error:
        raise InputError(f"data file '{path}': {error}") from error
    found = ReadFile(path, name, "rows", teaching.licence, teaching.targets, teaching.provenance, notes)
    collector, vocabulary = _Collector(found, faults), frozenset(teaching.labels)
    for line, row in rows:
        collector.add(line, row, repr(row), teaching.group, partial(_taught, row, teaching, vocabulary))
    return found


def _row(entry: RowEntry) -> Row:
    return Row(
        id=str(entry.id), text=entry.text, split=entry.split or "", lang=entry.lang or "", text_b=entry.text_b,
        labels=tuple(entry.labels or ()), scores=entry.scores or {}, choices=tuple(entry.choices or ()),
        meta=entry.meta or {},
    )  # fmt: skip


def _taught(row: Row, teaching: Teaching, vocabulary: frozenset[str]) -> Taught:
    for label in row.labels:
        if label not in vocabulary:
            raise Unfit(f"{shown('labels', label)} is unknown to this set.{_near(label, teaching)}", "labels")
    return teaching.convert(row)


def _near(label: str, teaching: Teaching) -> str:
    return did_you_mean(label, teaching.labels) if teaching.labels else " Its rows have scores, no labels: drop it."


class _Collector:
    """Puts the samples of one file together; what is unfit becomes a fault."""

    def __init__(self, found: ReadFile, faults: Faults) -> None:
        self.found, self.faults = found, faults
        self.seen: dict[str, tuple[int, int, int]] = {}  # id -> line, hash of the text, hash of everything

    def add(self, line: int, row: Row, content: str, group: GroupOf, taught: Callable[[], Taught]) -> bool:
        """One row, or what of a record is like one; `content` is all of it. Whether it became a sample."""
        self.found.read += 1
        try:
            if self._is_repeated(line, row, content):
                self.found.repeated += 1
                return False
            sample = Sample(self.found.name, row.id, line, _language(row), _own_split(row), group(row), taught())
        except Unfit as error:
            self.faults.add(line, error.message, error.field)
            return False
        if not sample.taught.anything:
            self.found.unlabelled += 1
            return False
        self.found.samples.append(sample)
        return True

    def _is_repeated(self, line: int, row: Row, content: str) -> bool:
        """True for the very same again. Raises Unfit for an id that stands for two things."""
        text, everything = hash(row.text), hash(content)
        first, its_text, its_all = self.seen.setdefault(row.id, (line, text, everything))
        if first == line:
            return False
        if its_all == everything:
            return True
        other = "other labels" if its_text == text else "another text"
        raise Unfit(f"{shown('id', row.id)} stands on line {first} with {other}. Give each row an id of its own.", "id")


def _own_split(row: Row) -> OwnSplit | None:
    return cast(OwnSplit, row.split) if row.split else None


def _language(row: Row) -> Language:
    """As the row says, or by its letters. Raises Unfit where they leave it open, without a word of the text."""
    if row.lang:
        return cast(Language, row.lang)
    try:
        return detect_language(row.text)[0]
    except InputError:
        raise Unfit("the text seems to be neither Korean nor English. Translate it or drop the row.", "text") from None
