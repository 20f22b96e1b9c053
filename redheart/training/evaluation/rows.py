"""A file of labelled rows -> rows by split, checked. Nothing is repaired and nothing guessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, get_args

from redheart.config.refusals import did_you_mean
from redheart.errors import InputError
from redheart.situation.language import detect_language
from redheart.training.corpus.faults import Faults, Unfit, shown
from redheart.training.corpus.objects import objects_of
from redheart.training.data import Row
from redheart.training.evaluation.task import DOCUMENTS, Fields, Task
from redheart.types.situation import Language

TRAIN: Final = "train"
UNNAMED: Final = "rows"  # the split of rows that name none


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row, its line in the file, and a digest of what is read of it."""

    row: Row
    line: int
    digest: bytes

    @property
    def language(self) -> Language:
        """Of the text."""
        return cast(Language, self.row.lang)


def read_file(path: Path, task: Task) -> dict[str, list[FileRow]]:
    """Split -> its rows in an order that the file's does not change. Raises InputError naming file, line, field."""
    if path.is_dir() or not path.exists():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"data file '{path}' {what}. Give a file of rows, plain or .gz.")
    faults = Faults(path)
    splits: dict[str, list[FileRow]] = {}
    for line, found in objects_of(path, faults):
        try:
            row = _Fields(found, task.fields).row()
            _refuse_incomplete(row, task)
        except Unfit as error:
            faults.add(line, error.message, error.field)
        else:
            splits.setdefault(row.split, []).append(FileRow(row, line, _digest(row)))
    faults.refuse_any()
    return {split: sorted(rows, key=lambda each: (each.digest, each.row.id)) for split, rows in splits.items()}


def chosen_splits(path: Path, splits: Sequence[str], asked: str | None) -> list[str]:
    """The one that was asked for, else all but train. Raises InputError."""
    if asked is not None:
        if asked not in splits:
            raise InputError(f"--split '{asked}': '{path}' has none of that name.{did_you_mean(asked, splits)}")
        return [asked]
    chosen = [split for split in splits if split != TRAIN]
    if not chosen:
        raise InputError(
            f"data file '{path}' holds only rows of split '{TRAIN}', and figures on what was learned from say little. "
            f"Give another file, or ask for them by --split {TRAIN}."
        )
    return chosen


def digest_of(rows: Sequence[FileRow]) -> str:
    """Of all rows, whatever their order."""
    return hashlib.sha256(b"".join(sorted(row.digest for row in rows))).hexdigest()


def _digest(row: Row) -> bytes:
    return hashlib.sha256(json.dumps([row.id, row.lang, *row.texts()], ensure_ascii=False).encode()).digest()


def _refuse_incomplete(row: Row, task: Task) -> None:
    """Raises Unfit for a row that lacks a text which the task reads."""
    if task.read in ("joint", "pair") and row.text_b is None:
        raise Unfit(f"it is missing, and the task reads '{task.read}'. Add it.", task.fields.text_b)
    if DOCUMENTS[task.read] is None and len(row.choices) < 2:
        raise Unfit(f"'{len(row.choices)}' choices, where two or more are chosen from. Add them.", task.fields.choices)
    if task.read == "cause_first" and row.meta.get("ask") not in ("cause", "effect"):
        raise Unfit("'meta.ask' is neither 'cause' nor 'effect'. Say what is asked for.", task.fields.meta)


class _Fields:
    """One JSON object, its fields called as a task calls them. Every method raises Unfit."""

    def __init__(self, found: dict[str, Any], names: Fields) -> None:
        self.found, self.names = found, names

    def row(self) -> Row:
        """All of it."""
        names, text = self.names, self._text(self.names.text)
        if text is None:
            raise Unfit("it is missing. Add it.", names.text)
        return Row(
            id=self._id(),
            text=text,
            split=self._name(names.split) or UNNAMED,
            lang=self._language(text),
            text_b=self._text(names.text_b),
            labels=self._labels(),
            scores=self._scores(),
            choices=self._choices(),
            meta=self._object(names.meta),
        )

    def _id(self) -> str:
        value = self.found.get(self.names.id)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Unfit(f"{shown('id', value)} is refused: a text or a whole number is wanted. Add it.", self.names.id)
        return str(value)

    def _text(self, field: str) -> str | None:
        value = self.found.get(field)
        return None if value is None else _checked_text(value, field)

    def _name(self, field: str) -> str | None:
        value = self.found.get(field)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise Unfit(f"{shown(field, value)} is refused: a name is wanted. Mend it, or leave it out.", field)
        return value

    def _language(self, text: str) -> str:
        given = self._name(self.names.lang)
        if given is None:
            try:
                return detect_language(text)[0]
            except InputError:
                raise Unfit("the text seems to be neither Korean nor English. Name its `lang`.", "text") from None
        if given not in get_args(Language):
            raise Unfit(f"'{given}' is no language that is read.{did_you_mean(given, get_args(Language))}", "lang")
        return given

    def _labels(self) -> tuple[str, ...]:
        value = self.found.get(self.names.labels)
        values = value if isinstance(value, list) else [] if value is None else [value]
        for each in values:
            if not isinstance(each, str | int):
                raise Unfit(
                    f"{shown('labels', each)} is refused: names are wanted, or whole numbers.", self.names.labels
                )
        return tuple(str(each) for each in values)

    def _scores(self) -> dict[str, float]:
        values = self._object(self.names.scores)
        for name, each in values.items():
            if isinstance(each, bool) or not isinstance(each, int | float):
                raise Unfit(f"{shown('scores', each)} is refused: a number is wanted.", f"{self.names.scores}.{name}")
        return values

    def _choices(self) -> tuple[str, ...]:
        value = self.found.get(self.names.choices) or []
        if not isinstance(value, list):
            raise Unfit(f"{shown('choices', value)} stands where a list of texts should.", self.names.choices)
        return tuple(_checked_text(each, self.names.choices) for each in value)

    def _object(self, field: str) -> dict[str, Any]:
        value = self.found.get(field)
        if value is not None and not isinstance(value, dict):
            raise Unfit(f"{shown(field, value)} stands where an object should. Mend it, or leave it out.", field)
        return value or {}


def _checked_text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Unfit(f"{shown('text', value)} stands where a text should. Mend it, or drop the row.", field)
    if not value.strip():
        raise Unfit("a text that says nothing. Give one, or drop the row.", field)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unfit("it holds half of a character (a lone surrogate). Mend it, or drop the row.", field) from None
    return value
