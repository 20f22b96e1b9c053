"""Readers that answer by a plain function of the text."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from redheart.errors import CheckpointError
from redheart.training.evaluation.reads import Document
from redheart.types.emotions import EMOTIONS

HEADS: Mapping[str, tuple[str, ...]] = {
    "polarity": ("pleasant",),
    "dimensions": ("valence", "arousal", "dominance"),
    "utility": ("utility",),
    "emotion": EMOTIONS,
}
Score = Callable[[str], float]


class PlainReads:
    """Every output of every head is the score of the document's text; asked texts are kept."""

    def __init__(self, score: Score, heads: Mapping[str, tuple[str, ...]] = HEADS) -> None:
        self.score, self.heads = score, heads
        self.folder, self.digest = Path("plain"), "0" * 64
        self.neutral_utility: dict[str, float] = {}
        self.asked: list[str] = []

    def raw(self, documents: Sequence[Document], heads: Sequence[str]) -> dict[str, np.ndarray]:
        """As CheckpointReads."""
        for head in heads:
            if head not in self.heads:
                raise CheckpointError(f"no head '{head}'")
        texts = [" ".join(text for passage in each.passages for text in passage) for each in documents]
        self.asked += texts
        scores = np.array([self.score(text) for text in texts], dtype=float)
        return {head: np.repeat(scores[:, None], len(self.heads[head]), axis=1) for head in heads}


@pytest.fixture
def plain_reads() -> Callable[..., PlainReads]:
    """Builds a reader of a score."""
    return PlainReads
