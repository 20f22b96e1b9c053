"""Rows -> documents of sentences of token ids, cached on disk a data set and split."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from redheart.situation.sentences import split_sentences
from redheart.training.data import Row, read_rows
from redheart.training.finetune.tasks import Document, Task, passages, targets
from redheart.types.encoding import Passage
from redheart.types.situation import Language

MAX_SENTENCES = 8  # of a document; the rest is cut in training only
MAX_TOKENS = 128  # of a sentence


class PieceTokenizer(Protocol):
    """What turns passages into token ids."""

    revision: str

    def ids_of(self, passages: Sequence[Passage]) -> list[list[int]]:
        """Token ids of each passage, with prefix and ends."""
        ...


@dataclass(frozen=True, slots=True)
class Documents:
    """N documents of one data set and split.

    Document n is sentences[document_starts[n]:document_starts[n + 1]]; sentence s is ids[starts[s]:starts[s + 1]].
    A row of a ranked task has two documents, the better first.
    """

    task: Task
    rows: tuple[Row, ...]
    ids: np.ndarray  # (tokens,) int32
    starts: np.ndarray  # (sentences + 1,) int64
    document_starts: np.ndarray  # (documents + 1,) int64
    targets: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.rows)

    def sentences_of(self, row: int) -> list[list[int]]:
        """Sentence indices of each document of a row."""
        each = 2 if self.task.form == "ranked" else 1
        ends = self.document_starts
        return [list(range(ends[each * row + k], ends[each * row + k + 1])) for k in range(each)]


def rows_of(task: Task, split: str) -> list[Row]:
    """The rows a task learns from; a row with two judged actions becomes two.

    Of scruples_dilemmas no action of a dev row is learned from: almost every dev pair shares one with train.
    """
    rows = [row for row in read_rows(task.name) if row.split == split]
    if task.name == "scruples_dilemmas" and split == "train":
        judged = {text for row in read_rows(task.name) if row.split == "dev" for text in row.texts()}
        return [row for row in rows if judged.isdisjoint(row.texts())]
    if task.name != "moralchoice":
        return rows
    return [
        replace(row, id=f"{row.id}/{at}", text_b=action, labels=tuple(row.meta["violations"][at]))
        for row in rows
        for at, action in enumerate(row.choices)
    ]


def documents(task: Task, split: str, tokenizer: PieceTokenizer, folder: Path) -> Documents:
    """Tokenise a split, or read what an earlier run made of the same rows."""
    rows = rows_of(task, split)
    path = folder / f"{task.name}-{split}.npz"
    key = _key(task, rows, tokenizer.revision)
    if not (path.exists() and str(np.load(path)["key"]) == key):
        _write(path, key, *_tokenised(task, rows, tokenizer))
    stored = np.load(path)
    return Documents(task, tuple(rows), stored["ids"], stored["starts"], stored["document_starts"], targets(task, rows))


def _key(task: Task, rows: Sequence[Row], revision: str) -> str:
    parts = [revision, task.form, f"{MAX_SENTENCES} {MAX_TOKENS}", *(row.id + row.text for row in rows)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _tokenised(task: Task, rows: Sequence[Row], tokenizer: PieceTokenizer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    split = [_sentences(document, cast(Language, row.lang)) for row in rows for document in passages(task, row)]
    ids = [each[:MAX_TOKENS] for each in tokenizer.ids_of([sentence for document in split for sentence in document])]
    flat = np.fromiter((piece for each in ids for piece in each), np.int32)
    return flat, _ends(ids), _ends(split)


def _sentences(document: Document, language: Language) -> Sequence[Passage]:
    if isinstance(document, list):
        return document
    return [sentence.text for sentence in split_sentences(document, language)][:MAX_SENTENCES] or [document]


def _ends(parts: Sequence[Sequence[object]]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)


def _write(path: Path, key: str, ids: np.ndarray, starts: np.ndarray, document_starts: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, key=key, ids=ids, starts=starts, document_starts=document_starts)
    temporary.replace(path)
