"""Adds what the wide parts of heads say of the words to what the deep ones gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from redheart.nn.model import CompactModel
from redheart.nn.ngrams import counted
from redheart.nn.subset_reader import Target
from redheart.nn.wide import documents_of
from redheart.types.encoding import Passage

#: Bytes that counting the n-grams of one character takes at the most: hashes, places, keys, counts.
A_CHARACTER: Final = 400


class WideReader:
    """The wide parts of a model; their weights are resident while it reads."""

    def __init__(self, model: CompactModel) -> None:
        self._tables = model.wide()

    def work(self, characters: int) -> int:
        """Bytes to read so many."""
        return A_CHARACTER * characters if self._tables else 0

    def added(
        self, raw: Mapping[str, np.ndarray], passages: Sequence[Passage], documents: Sequence[Sequence[int]]
    ) -> dict[str, np.ndarray]:
        """raw: head -> (M, outputs) of M documents, each named by the places of its passages."""
        if not self._tables.keys() & raw.keys():
            return dict(raw)
        of, present = counted(passages), documents_of(documents, len(passages))
        return {
            head: values + self._tables[head].read(of, present) if head in self._tables else values
            for head, values in raw.items()
        }

    def added_to_subsets(
        self, values: Mapping[str, np.ndarray], targets: Sequence[Target], units: Sequence[Passage], rows: np.ndarray
    ) -> dict[str, np.ndarray]:
        """values: target -> (M,); rows (M, n) bool over the n units."""
        widened = {target.name: target for target in targets if target.head in self._tables}
        if not widened:
            return dict(values)
        of, present = counted(units), csr_matrix(rows, dtype=np.float32)
        said = {
            name: self._tables[target.head].read(of, present, [target.output])[:, 0] for name, target in widened.items()
        }
        return {name: row + said[name] if name in said else row for name, row in values.items()}
