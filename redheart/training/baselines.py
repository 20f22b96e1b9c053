"""TF-IDF baselines on the very rows the compact model learned from, with their dev figures.

python -m redheart.training.baselines --out models/compact/baselines.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion

from redheart.training.calibrate import cross_fitted_f1, f1
from redheart.training.data import Row
from redheart.training.features import ROWS, chosen_rows
from redheart.training.targets import target


def vectoriser() -> FeatureUnion:
    """Words 1-2 with characters 2-5 inside words, sublinear."""
    return FeatureUnion(
        [
            ("word", TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=100_000, sublinear_tf=True)),
            (
                "char",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 5), min_df=3, max_features=200_000, sublinear_tf=True
                ),
            ),
        ]
    )


def rows_of(name: str) -> tuple[list[Row], list[Row]]:
    """The train and dev rows that the compact model used."""
    train, dev = (chosen_rows(name, split, limit) for split, limit in zip(("train", "dev"), ROWS[name], strict=True))
    return train, dev


def matrices(name: str, head: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """train features, train targets, dev features, dev targets."""
    train, dev = rows_of(name)
    vectors = vectoriser()
    fitted = vectors.fit_transform([row.text for row in train])
    return (
        fitted,
        np.stack([target(head, r) for r in train]),
        vectors.transform([row.text for row in dev]),
        np.stack([target(head, r) for r in dev]),
    )


def multi_label(name: str, head: str) -> float:
    """Macro-F1 of logistic regressions, thresholds cross-fitted on dev as for the model."""
    x, y, x_dev, y_dev = matrices(name, head)
    model = OneVsRestClassifier(LogisticRegression(C=4, solver="liblinear"), n_jobs=1).fit(x, y > 0.5)
    return cross_fitted_f1(model.decision_function(x_dev), y_dev)


def binary(name: str, head: str) -> tuple[float, float]:
    """Accuracy and cross-fitted F1."""
    x, y, x_dev, y_dev = matrices(name, head)
    model = LogisticRegression(C=2, solver="liblinear").fit(x, y[:, 0] > 0.5)
    scores = model.decision_function(x_dev)[:, None]
    return float(((scores > 0) == (y_dev > 0.5)).mean()), cross_fitted_f1(scores, y_dev)


def regression(name: str, head: str, columns: slice) -> list[float]:
    """Pearson r a column."""
    x, y, x_dev, y_dev = matrices(name, head)
    guess = Ridge(alpha=2).fit(x, y[:, columns]).predict(x_dev)
    return [float(np.corrcoef(guess[:, i], y_dev[:, columns][:, i])[0, 1]) for i in range(guess.shape[1])]


def one_of_several(name: str, columns: slice, by_label: bool) -> float:
    """Multinomial logistic regression on some columns of the appraisals: macro-F1 if `by_label`, else accuracy."""
    x, y, x_dev, y_dev = matrices(name, "appraisal")
    truth = y_dev[:, columns].argmax(1)
    guess = LogisticRegression(C=4, max_iter=400).fit(x, y[:, columns].argmax(1)).predict(x_dev)
    scores = [f1(guess == i, truth == i) for i in range(y_dev[:, columns].shape[1])]
    return float(np.mean(scores)) if by_label else float((guess == truth).mean())


def pair_accuracy(name: str) -> float:
    """Logistic regression without intercept on the difference of the two texts."""
    train, dev = rows_of(name)
    vectors = vectoriser().fit([text for row in train for text in (row.text, row.text_b or "")])
    gap = [
        vectors.transform([r.text for r in rows]) - vectors.transform([r.text_b or "" for r in rows])
        for rows in (train, dev)
    ]
    signs = np.where(np.arange(len(train)) % 2, 1.0, -1.0)
    model = LogisticRegression(C=2, fit_intercept=False, solver="liblinear").fit(
        gap[0].multiply(signs[:, None]).tocsr(), signs > 0
    )
    return float((model.decision_function(gap[1]) > 0).mean())


def majority(name: str, head: str) -> float:
    """Macro-F1 of the better constant: every label always on."""
    truth = np.stack([target(head, row) for row in rows_of(name)[1]]) > 0.5
    return float(np.mean([f1(np.ones(len(truth), bool), truth[:, i]) for i in range(truth.shape[1])]))


def main() -> None:
    """Measure and write all baselines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    figures: dict[str, dict[str, float]] = {"tfidf": {}, "constant": {}}
    for name, head in (("goemotions_en", "emotion"), ("goemotions_ko", "emotion"), ("kote", "kote")):
        figures["tfidf"][f"{name} macro_f1"] = multi_label(name, head)
        figures["constant"][f"{name} macro_f1"] = majority(name, head)
    figures["tfidf"]["nsmc polarity accuracy"] = binary("nsmc", "polarity")[0]
    figures["tfidf"]["semeval_cfd f1"] = binary("semeval_cfd", "counterfactual")[1]
    figures["constant"]["semeval_cfd f1"] = majority("semeval_cfd", "counterfactual")
    for axis, r in zip(
        ("valence", "arousal", "dominance"), regression("emobank", "dimensions", slice(0, 3)), strict=True
    ):
        figures["tfidf"][f"emobank r_{axis}"] = r
    ratings = regression("crowd_envent", "appraisal", slice(0, 22))
    figures["tfidf"]["crowd_envent mean_r_22"] = float(np.mean(ratings))
    figures["tfidf"]["crowd_envent r_intensity"] = ratings[0]
    for name, columns in (("duration accuracy", slice(22, 27)), ("emotion macro_f1", slice(27, 40))):
        figures["tfidf"][f"crowd_envent {name}"] = one_of_several("crowd_envent", columns, name.endswith("f1"))
    figures["constant"]["ethics_utilitarianism pair accuracy"] = 0.5
    figures["tfidf"]["ethics_utilitarianism pair accuracy"] = pair_accuracy("ethics_utilitarianism")
    arguments.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
