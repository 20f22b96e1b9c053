"""TF-IDF of words 1-2 with characters 2-5 inside words, sublinear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion


class Vectors:
    """Fitted on train texts; each text becomes a sparse row, its words and its characters of length 1 each."""

    def __init__(self, texts: Sequence[str]) -> None:
        word = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=100_000, sublinear_tf=True)
        char = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=3, max_features=200_000, sublinear_tf=True
        )
        self._union = FeatureUnion([("word", word), ("char", char)])
        self._union.fit(texts)

    def of(self, texts: Sequence[str]) -> csr_matrix:
        """(N, features)."""
        return csr_matrix(self._union.transform(texts))


def alike(one: csr_matrix, other: csr_matrix) -> np.ndarray:
    """Cosine (N,) of the rows of two matrices whose rows have one length."""
    length = np.sqrt(np.asarray(one.multiply(one).sum(1)) * np.asarray(other.multiply(other).sum(1)))
    cosine: np.ndarray = np.asarray(one.multiply(other).sum(1)).ravel() / np.maximum(length.ravel(), 1e-12)
    return cosine


def beside(*parts: csr_matrix) -> csr_matrix:
    """Features of several parts, each in columns of its own."""
    return csr_matrix(hstack(parts))
