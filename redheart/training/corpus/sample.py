"""One sample before it is tensors: its documents as text, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from redheart.types.situation import Language

SplitName = Literal["train", "validation", "holdout", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "holdout", "test")
OwnSplit = Literal["train", "dev", "test"]


@dataclass(frozen=True, slots=True)
class Document:
    """`pieces` in order, such as a premise and what follows from it; `known`: target -> its outputs, NaN unknown."""

    pieces: tuple[str, ...]
    known: Mapping[str, tuple[float, ...]]

    @property
    def text(self) -> str:
        """The whole of it."""
        return "\n".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Taught:
    """What one row or record teaches: one document, or two of which `preferred` (pair target, 0 or 1) is told."""

    documents: tuple[Document, ...]
    preferred: tuple[str, int] | None = None

    @property
    def anything(self) -> bool:
        """False where nobody said anything of it."""
        known = (values for document in self.documents for values in document.known.values())
        return self.preferred is not None or any(number == number for values in known for number in values)


@dataclass(frozen=True, slots=True)
class Sample:
    """A row or record of a file. Samples of one `group` never lie in two splits."""

    set_name: str
    id: str
    line: int
    language: Language
    own_split: OwnSplit | None
    group: str
    taught: Taught
