"""The texts of a data file as training will see them: every document once, with its sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redheart.situation.sentences import split_sentences
from redheart.training.corpus.reading import read_file
from redheart.training.corpus.sample import Document
from redheart.training.corpus.sampling import sampled
from redheart.types.situation import Language


@dataclass(frozen=True, slots=True)
class SplitText:
    """One document's text with its sentences, in order."""

    text: str
    sentences: tuple[str, ...]


def split_texts(source: Path, progress: Callable[[int, int], None] = lambda _, __: None) -> list[SplitText]:
    """All documents of a file, in the order in which a limited run takes its samples: a few are of use for that run.

    Raises InputError as `read_file` does.
    """
    samples = sampled(read_file(source).samples, 0)
    found: list[SplitText] = []
    for done, sample in enumerate(samples, 1):
        documents = sample.taught.documents
        found.extend(SplitText(document.text, sentences_of(document, sample.language)) for document in documents)
        progress(done, len(samples))
    return found


def sentences_of(document: Document, language: Language) -> tuple[str, ...]:
    """The sentences of each piece in turn: none spans two pieces."""
    return tuple(sentence.text for piece in document.pieces for sentence in split_sentences(piece, language))
