"""What evaluation asks of a checkpoint: raw outputs of documents, by head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from redheart.types.situation import Language

#: One text, or two that are read together.
Passage = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Passages in order, each encoded alone; the backbone mixes them."""

    passages: tuple[Passage, ...]
    language: Language


class Reads(Protocol):
    """Something that reads documents."""

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        """Head -> names of its outputs, in order."""
        ...

    def raw(self, documents: Sequence[Document], heads: Sequence[str]) -> dict[str, np.ndarray]:
        """Head -> (N, outputs) float64, before any squashing; whatever the order and the company of a document."""
        ...


class Checkpoint(Reads, Protocol):
    """A checkpoint that reads documents, with what its figures depend on beside its heads."""

    @property
    def folder(self) -> Path:
        """Where it lies; thresholds and calibration are in a file beside its weights."""
        ...

    @property
    def digest(self) -> str:
        """Of all weights that reading depends on: what was fitted for one digest says nothing of another."""
        ...

    @property
    def neutral_utility(self) -> Mapping[str, float]:
        """Language -> mean raw utility of its neutral set."""
        ...
