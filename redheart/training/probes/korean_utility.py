"""Utility in Korean, where no labelled pairs are: which of two outcomes is the more pleasant."""

from __future__ import annotations

from redheart.training.evaluation.documents import sentences_of
from redheart.training.evaluation.reads import Reads
from redheart.training.probes.records import language_of, rows_of
from redheart.training.probes.share import Share, share_of
from redheart.types.base import Frozen


class KoreanUtility(Frozen):
    """Pairs in their right order."""

    all: Share
    by_difficulty: dict[str, Share]


def korean_utility(reads: Reads) -> KoreanUtility:
    """Every pair once. Raises CheckpointError where the head is not there."""
    rows = rows_of("korean_utility")
    texts = [sentences_of(text, language_of(row)) for row in rows for text in (row.text, row.text_b or "")]
    utility = reads.raw(texts, ("utility",))["utility"][:, 0].reshape(-1, 2)
    right = (utility[:, 0] > utility[:, 1]).tolist()
    kinds = [row.meta["difficulty"] for row in rows]
    return KoreanUtility(
        all=share_of(right),
        by_difficulty={
            kind: share_of([each for each, its in zip(right, kinds, strict=True) if its == kind])
            for kind in dict.fromkeys(kinds)
        },
    )
