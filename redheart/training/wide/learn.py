"""A table from labelled texts: the n-grams that tell most, logistic regressions on them, in 8 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from redheart.nn.wide import WideTable
from redheart.training.wide.matrix import TextGrams, rarity, weighed

LEAST = 3  # texts that an n-gram occurs in, or it is not looked at
STRENGTH = 4.0  # inverse regularisation


@dataclass(frozen=True, slots=True)
class Candidates:
    """Texts with their targets (N, outputs) in [0, 1], NaN for unknown, and how much each of their n-grams tells."""

    counts: csr_matrix  # (N, K)
    keys: np.ndarray  # (K,)
    targets: np.ndarray
    telling: np.ndarray  # (K,)


def candidates(grams: TextGrams, targets: np.ndarray) -> Candidates:
    """Every n-gram of LEAST texts or more."""
    keys = grams.vocabulary(LEAST)
    counts = grams.counts(keys)
    return Candidates(counts, keys, targets, _telling(weighed(counts, rarity(counts)), targets))


def _telling(x: csr_matrix, targets: np.ndarray) -> np.ndarray:
    """(K,): the score test of each n-gram against its label's base rate, for the label of which it tells most.

    Squared slope of the likelihood at a weight of 0, over its variance there (Rao 1948).
    """
    rate = np.nanmean(targets, axis=0)
    off = np.nan_to_num(targets - rate)  # an unknown target has no say
    slope = x.T @ off
    energy = np.asarray(x.multiply(x).sum(0)).ravel()
    largest: np.ndarray = (slope**2 / (rate * (1 - rate))).max(1) / np.maximum(energy, 1e-12)
    return largest


def table_of(found: Candidates, size: int) -> WideTable:
    """A table of the `size` most telling n-grams."""
    kept = np.sort(np.argsort(-found.telling, kind="stable")[:size])
    counts = found.counts[:, kept]
    rarities = rarity(counts)
    weights, bias = _fitted(weighed(counts, rarities), found.targets)
    return quantised(found.keys[kept], rarities, weights, bias)


def quantised(keys: np.ndarray, rarities: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> WideTable:
    """weights (outputs, K) rounded to 8 bits, a scale an output."""
    scale = np.maximum(np.abs(weights).max(1), 1e-12) / 127
    table = WideTable(len(keys), len(bias))
    table.load_state_dict(
        {
            "keys": torch.from_numpy(keys), "rarity": torch.from_numpy(rarities),
            "weights": torch.from_numpy(np.round(weights / scale[:, None]).astype(np.int8).T.copy()),
            "scale": torch.from_numpy(scale.astype(np.float32)), "bias": torch.from_numpy(bias.astype(np.float32)),
        }
    )  # fmt: skip
    return table


def _fitted(x: csr_matrix, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """weights (outputs, K), bias (outputs,)."""
    fits = [_one(x, column) for column in targets.T]
    return np.concatenate([fit.coef_ for fit in fits]), np.concatenate([fit.intercept_ for fit in fits])


def _one(x: csr_matrix, target: np.ndarray) -> LogisticRegression:
    """A row whose target is between 0 and 1 counts partly as either; one whose target is unknown does not count."""
    known = np.flatnonzero(~np.isnan(target))
    open_ = known[(target[known] > 0) & (target[known] < 1)]
    rows = np.concatenate([known, open_])
    wanted = np.concatenate([target[known] > 0, np.zeros(len(open_), bool)])
    weight = np.concatenate([np.where(target[known] > 0, target[known], 1.0), 1 - target[open_]])
    inputs = x if len(rows) == x.shape[0] and not len(open_) else vstack([x[known], x[open_]]).tocsr()
    model = LogisticRegression(C=STRENGTH, solver="liblinear")
    return model.fit(inputs, wanted, sample_weight=weight)
