"""Linear learners, one a kind of question: labelled rows and other rows in, raw outputs of the others out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.special import logit
from sklearn.linear_model import LogisticRegression, Ridge

from redheart.training.data import Row
from redheart.training.floors.vectors import Vectors, alike, beside

#: Inverse strengths of regularisation of one logit; the last tenth of the train rows chooses.
STRENGTHS = (0.1, 0.5, 2.0, 8.0)
FIXED = 4.0  # where the labels are many
RIDGE = 2.0
STEPS = 400
#: One step of the cosine of text and choice, beside words that together have length 1.4.
LIKENESS = 10.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows in the order of their file, with the truths that a judge reads of them."""

    rows: Sequence[Row]
    truth: np.ndarray


Learner = Callable[[Labelled, Sequence[Row]], np.ndarray]  # (N, documents a row, outputs)
Features = Callable[[Vectors, Sequence[Row]], csr_matrix]


def labels(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """A logistic regression a label: (N, 1, labels)."""
    x, x_other = _of_texts(train, others)
    logits = [_fit(x, column, FIXED).decision_function(x_other) for column in train.truth.T]
    return np.stack(logits, axis=1)[:, None]


def scores(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """Ridge regression of every score: (N, 1, scores)."""
    x, x_other = _of_texts(train, others)
    guess: np.ndarray = Ridge(alpha=RIDGE).fit(x, train.truth).predict(x_other)
    return guess[:, None]


def squashed_scores(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """As `scores`, each as the logit of its place between the least and the largest: (N, 1, scores)."""
    low, high = train.truth.min(0), train.truth.max(0)
    place = (scores(train, others) - low) / (high - low)
    odds: np.ndarray = logit(np.clip(place, 1e-3, 1 - 1e-3))
    return odds


def classes(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """Multinomial logistic regression; every class occurs in the truth (N,) int: (N, 1, classes)."""
    x, x_other = _of_texts(train, others)
    model = LogisticRegression(C=FIXED, max_iter=STEPS).fit(x, train.truth)
    logits: np.ndarray = model.decision_function(x_other)
    return logits[:, None]


def binary(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """Logistic regression: (N, 1, 1)."""
    return _best(train, others, [_of_text])


def joint(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """From both texts side by side, or from the second alone, which may carry an artefact: (N, 1, 1)."""
    return _best(train, others, [_of_both, _of_second])


def pair(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """How good each of the two texts is, learned from their difference: (N, 2, 1)."""
    vectors = _vectors(train.rows)
    first, second = (_side(vectors, train.rows, side) for side in (0, 1))
    weights = _best_gap(csr_matrix(first - second), train.truth)
    return np.stack([_side(vectors, others, side) @ weights for side in (0, 1)], axis=1)[:, :, None]


def cause(train: Labelled, others: Sequence[Row]) -> np.ndarray:
    """How likely each of two choices is, by its words, by what is asked, by its likeness to the text: (N, 2, 1)."""
    vectors = _vectors(train.rows)
    first, second = (_choice(vectors, train.rows, place) for place in (0, 1))
    weights = _best_gap(csr_matrix(first - second), train.truth == 0)
    return np.stack([_choice(vectors, others, place) @ weights for place in (0, 1)], axis=1)[:, :, None]


def _vectors(rows: Sequence[Row]) -> Vectors:
    return Vectors([text for row in rows for text in row.texts()])


def _of_text(vectors: Vectors, rows: Sequence[Row]) -> csr_matrix:
    return vectors.of([row.text for row in rows])


def _of_second(vectors: Vectors, rows: Sequence[Row]) -> csr_matrix:
    return vectors.of([row.text_b or "" for row in rows])


def _of_both(vectors: Vectors, rows: Sequence[Row]) -> csr_matrix:
    return beside(_of_text(vectors, rows), _of_second(vectors, rows))


def _side(vectors: Vectors, rows: Sequence[Row], side: int) -> csr_matrix:
    return (_of_text, _of_second)[side](vectors, rows)


def _choice(vectors: Vectors, rows: Sequence[Row], place: int) -> csr_matrix:
    x = vectors.of([row.choices[place] for row in rows])
    asked = np.array([row.meta["ask"] == "cause" for row in rows], dtype=float)
    likeness = csr_matrix(LIKENESS * alike(x, _of_text(vectors, rows))[:, None])
    return beside(csr_matrix(diags(asked) @ x), csr_matrix(diags(1 - asked) @ x), likeness)


def _of_texts(train: Labelled, others: Sequence[Row]) -> tuple[csr_matrix, csr_matrix]:
    vectors = Vectors([row.text for row in train.rows])
    return _of_text(vectors, train.rows), _of_text(vectors, others)


def _best(train: Labelled, others: Sequence[Row], forms: Sequence[Features]) -> np.ndarray:
    """The form and strength that are right most often on the last tenth, fitted on all: (N, 1, 1)."""
    vectors = _vectors(train.rows)
    reached = [
        (right, at, strength)
        for at, form in enumerate(forms)
        for right, strength in _tried(form(vectors, train.rows), train.truth, True)
    ]
    _, at, strength = max(reached, key=lambda each: each[0])
    model = _fit(forms[at](vectors, train.rows), train.truth, strength)
    logits: np.ndarray = model.decision_function(forms[at](vectors, others))
    return logits[:, None, None]


def _best_gap(gap: csr_matrix, first_wins: np.ndarray) -> np.ndarray:
    """Weights (features,) without offset; every second pair is turned round, for one side may always win."""
    turned = np.where(np.arange(gap.shape[0]) % 2, 1.0, -1.0)
    x, wanted = csr_matrix(diags(turned) @ gap), first_wins == (turned > 0)
    _, strength = max(_tried(x, wanted, False), key=lambda each: each[0])
    weights: np.ndarray = _fit(x, wanted, strength, False).coef_[0]
    return weights


def _tried(x: csr_matrix, wanted: np.ndarray, offset: bool) -> Iterator[tuple[float, float]]:
    """(share right on the last tenth, strength): neighbouring rows are alike, so the tenth is of one piece."""
    cut = x.shape[0] - x.shape[0] // 10
    for strength in STRENGTHS:
        model = _fit(x[:cut], wanted[:cut], strength, offset)
        yield float(((model.decision_function(x[cut:]) > 0) == wanted[cut:]).mean()), strength


def _fit(x: csr_matrix, wanted: np.ndarray, strength: float, offset: bool = True) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="liblinear", fit_intercept=offset).fit(x, wanted)
