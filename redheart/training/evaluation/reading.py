"""Reads documents once each, those of one length together, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from redheart.training.evaluation.reads import Document, Reads

#: Documents between two words of progress.
_STEP = 512


def read_documents(
    reads: Reads, documents: Sequence[Document], heads: Sequence[str], tell: Callable[[int, int], None]
) -> dict[str, np.ndarray]:
    """Head -> (N, outputs); `tell` gets how many documents are done, and of how many. Equal ones are read once."""
    places: dict[Document, int] = {}
    for document in documents:
        places.setdefault(document, len(places))
    distinct = list(places)
    order = sorted(range(len(distinct)), key=lambda place: _length(distinct[place]))
    found = {head: np.empty((len(distinct), len(reads.heads[head]))) for head in heads}
    tell(0, len(distinct))
    for at in range(0, len(order), _STEP):
        chosen = order[at : at + _STEP]
        for head, values in reads.raw([distinct[place] for place in chosen], heads).items():
            found[head][chosen] = values
        tell(min(at + _STEP, len(order)), len(order))
    back = [places[document] for document in documents]
    return {head: values[back] for head, values in found.items()}


def _length(document: Document) -> int:
    return sum(len(text) for passage in document.passages for text in passage)
