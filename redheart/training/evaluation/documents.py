"""Rows -> the documents that a task reads of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from redheart.errors import InputError
from redheart.situation.sentences import split_sentences
from redheart.training.data import Row
from redheart.training.evaluation.reads import Document
from redheart.training.evaluation.rows import FileRow
from redheart.training.evaluation.task import Read
from redheart.types.situation import Language


def documents_of(rows: Sequence[FileRow], read: Read) -> list[Document]:
    """All documents of all rows, as many a row as it is read in. Raises InputError where rows differ in that."""
    found = [_of_row(each.row, read, each.language) for each in rows]
    if len({len(documents) for documents in found}) > 1:
        raise InputError(
            f"rows of '{min(map(len, found))}' and of '{max(map(len, found))}' choices stand in one split. "
            "Put them into splits or files of their own."
        )
    return [document for documents in found for document in documents]


def _of_row(row: Row, read: Read, language: Language) -> list[Document]:
    match read:
        case "text":
            return [sentences_of(row.text, language)]
        case "joint":
            return [Document(((row.text, row.text_b or ""),), language)]
        case "pair":
            return [sentences_of(row.text, language), sentences_of(row.text_b or "", language)]
        case "choices":
            return [sentences_of(choice, language) for choice in row.choices]
        case "cause_first":
            asked_for_cause = row.meta["ask"] == "cause"
            return [
                Document(((choice, row.text) if asked_for_cause else (row.text, choice),), language)
                for choice in row.choices
            ]


@lru_cache(maxsize=4096)
def sentences_of(text: str, language: Language) -> Document:
    """A text as its sentences; as a whole where none is found in it."""
    sentences = split_sentences(text, language)
    return Document(tuple((sentence.text,) for sentence in sentences) or ((text,),), language)
