"""Dev figures and calibration of a trained model, each threshold and calibration cross-fitted on halves of dev."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.model import CompactModel
from redheart.training.batches import Dataset
from redheart.training.targets import TEACHES

COVERAGE = 0.8  # of the split-conformal intervals


@dataclass(slots=True)
class Figures:
    """Everything measured on dev, and what calibration it gave."""

    metrics: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    platt: dict[str, tuple[float, float]] = field(default_factory=dict)  # head -> (a, b): P = sigmoid(a logit + b)
    base_rates: dict[str, list[float]] = field(default_factory=dict)
    conformal: dict[str, float] = field(default_factory=dict)  # dimension -> half width
    coverage: float = COVERAGE

    def lines(self) -> list[str]:
        """One line a metric."""
        return [f"dev {name:34s} {value:.4f}  (n {self.rows[name]})" for name, value in self.metrics.items()]


def outputs(model: CompactModel, data: Dataset, heads: tuple[str, ...], rows: int = 64) -> dict[str, np.ndarray]:
    """Raw outputs of all rows (N, outputs) by head; a pair gives two rows."""
    parts: dict[str, list[np.ndarray]] = {head: [] for head in heads}
    with torch.inference_mode():
        for at in range(0, len(data), rows):
            batch = data.batch(np.arange(at, min(at + rows, len(data))), None)
            raw = model.read(model.pool(batch.tokens, batch.mask, heads), batch.documents, heads)
            for head in heads:
                parts[head].append(raw[head].numpy())
    return {head: np.concatenate(found) for head, found in parts.items()}


def dev_figures(model: CompactModel, dev: dict[str, Dataset]) -> Figures:
    """All metrics, calibrations and base rates."""
    figures = Figures()
    raw = {name: outputs(model, data, TEACHES[name]) for name, data in dev.items()}
    _emotions(figures, raw, dev)
    _polarity(figures, raw, dev)
    _dimensions(figures, raw["emobank"]["dimensions"], dev["emobank"].targets["dimensions"])
    _utility(figures, raw["ethics_utilitarianism"]["utility"][:, 0])
    _appraisal(figures, raw["crowd_envent"]["appraisal"], dev["crowd_envent"].targets["appraisal"])
    logits, truth = raw["semeval_cfd"]["counterfactual"], dev["semeval_cfd"].targets["counterfactual"]
    _record(figures, "semeval_cfd f1", cross_fitted_f1(logits, truth), len(truth))
    figures.platt["counterfactual"] = platt(logits.ravel(), truth.ravel())
    return figures


def _record(figures: Figures, name: str, value: float, rows: int) -> None:
    figures.metrics[name], figures.rows[name] = float(value), rows


def _emotions(figures: Figures, raw: dict[str, dict[str, np.ndarray]], dev: dict[str, Dataset]) -> None:
    for name, head in (("goemotions_en", "emotion"), ("goemotions_ko", "emotion"), ("kote", "kote")):
        logits, truth = raw[name][head], dev[name].targets[head]
        _record(figures, f"{name} macro_f1", cross_fitted_f1(logits, truth), len(truth))
        _record(figures, f"{name} ece before", ece(sigmoid(logits), truth), len(truth))
        _record(figures, f"{name} ece after", cross_fitted_ece(logits, truth), len(truth))
    both = [(raw[n]["emotion"], dev[n].targets["emotion"]) for n in ("goemotions_en", "goemotions_ko")]
    logits, truth = (np.concatenate(part) for part in zip(*both, strict=True))
    figures.platt["emotion"], figures.base_rates["emotion"] = (
        platt(logits.ravel(), truth.ravel()),
        truth.mean(0).tolist(),
    )
    logits, truth = raw["kote"]["kote"], dev["kote"].targets["kote"]
    figures.platt["kote"], figures.base_rates["kote"] = platt(logits.ravel(), truth.ravel()), truth.mean(0).tolist()


def _polarity(figures: Figures, raw: dict[str, dict[str, np.ndarray]], dev: dict[str, Dataset]) -> None:
    logits, truth = [], []
    for name in ("nsmc", "goemotions_en", "goemotions_ko", "kote"):
        z, y = raw[name]["polarity"][:, 0], dev[name].targets["polarity"][:, 0]
        polar = (y == 0) | (y == 1)
        _record(figures, f"{name} polarity accuracy", ((z[polar] > 0) == y[polar]).mean(), int(polar.sum()))
        _record(figures, f"{name} polarity majority", max(y[polar].mean(), 1 - y[polar].mean()), int(polar.sum()))
        known = ~np.isnan(y)
        logits.append(z[known])
        truth.append(y[known])
    z, y = np.concatenate(logits), np.concatenate(truth)
    figures.platt["polarity"] = (platt(z, y)[0], 0.0)  # no offset: the sign of the logit is the sign of the reading
    _record(figures, "polarity ece after", ece(sigmoid(figures.platt["polarity"][0] * z), y), len(z))


def _dimensions(figures: Figures, predicted: np.ndarray, truth: np.ndarray) -> None:
    for i, name in enumerate(("valence", "arousal", "dominance")):
        _record(figures, f"emobank r_{name}", float(np.corrcoef(predicted[:, i], truth[:, i])[0, 1]), len(truth))
        residuals = np.sort(np.abs(predicted[:, i] - truth[:, i]))
        figures.conformal[name] = float(
            residuals[min(len(residuals) - 1, int(np.ceil((len(residuals) + 1) * COVERAGE)) - 1)]
        )


def _utility(figures: Figures, utilities: np.ndarray) -> None:
    gap = utilities[0::2] - utilities[1::2]
    _record(figures, "ethics_utilitarianism pair accuracy", (gap > 0).mean(), len(gap))
    # Mirrored pairs: half true, half false, so that the slope alone is fitted.
    slope = platt(np.concatenate([gap, -gap]), np.concatenate([np.ones_like(gap), np.zeros_like(gap)]))[0]
    figures.platt["utility"] = (slope, 0.0)


def _appraisal(figures: Figures, raw: np.ndarray, truth: np.ndarray) -> None:
    ratings, durations = len(SCORES), len(DURATIONS)
    correlations = [np.corrcoef(raw[:, i], truth[:, i])[0, 1] for i in range(ratings)]
    _record(figures, "crowd_envent mean_r_22", float(np.mean(correlations)), len(raw))
    _record(figures, "crowd_envent r_intensity", float(correlations[0]), len(raw))
    span = slice(ratings, ratings + durations)
    _record(
        figures, "crowd_envent duration accuracy", (raw[:, span].argmax(1) == truth[:, span].argmax(1)).mean(), len(raw)
    )
    guess, real = raw[:, -len(EVENT_EMOTIONS) :].argmax(1), truth[:, -len(EVENT_EMOTIONS) :].argmax(1)
    scores = [f1(guess == i, real == i) for i in range(len(EVENT_EMOTIONS))]
    _record(figures, "crowd_envent emotion macro_f1", float(np.mean(scores)), len(raw))
    figures.platt["appraisal"] = platt(raw[:, ratings:].ravel(), truth[:, ratings:].ravel())


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Logistic function."""
    squashed: np.ndarray = 1 / (1 + np.exp(-z))
    return squashed


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of boolean vectors; 0 where nothing is found."""
    found = float((guess & truth).sum())
    return 0.0 if found == 0 else 2 * found / float(guess.sum() + truth.sum())


def platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(a, b) of P = sigmoid(a z + b) by maximum likelihood (Platt 1999), Newton's method; truth in [0, 1]."""
    a, b = 1.0, 0.0
    for _ in range(50):
        p = sigmoid(a * logits + b)
        gradient = np.array([((p - truth) * logits).sum(), (p - truth).sum()])
        w = np.maximum(p * (1 - p), 1e-9)
        hessian = np.array([[(w * logits**2).sum(), (w * logits).sum()], [(w * logits).sum(), w.sum()]])
        step = np.linalg.solve(hessian + 1e-6 * np.eye(2), gradient)
        a, b = a - step[0], b - step[1]
        if np.abs(step).max() < 1e-10:
            break
    return float(a), float(b)


def ece(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error, L1, equal-mass bins; all labels pooled. No correction for small samples."""
    p, y = probability.ravel(), truth.ravel()
    order = np.argsort(p, kind="stable")
    return float(sum(abs(p[part].mean() - y[part].mean()) * len(part) for part in np.array_split(order, bins)) / len(p))


def _halves(n: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    even, odd = np.arange(0, n, 2), np.arange(1, n, 2)
    return (even, odd), (odd, even)


def _cross_fit(n: int, fit_then_apply: Callable[[np.ndarray, np.ndarray], np.ndarray], like: np.ndarray) -> np.ndarray:
    """Each half is judged by what was fitted on the other."""
    result = np.empty_like(like)
    for fitted, judged in _halves(n):
        result[judged] = fit_then_apply(fitted, judged)
    return result


def cross_fitted_ece(logits: np.ndarray, truth: np.ndarray) -> float:
    """ECE after Platt scaling fitted on the other half of dev."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        a, b = platt(logits[fitted].ravel(), truth[fitted].ravel())
        return sigmoid(a * logits[judged] + b)

    return ece(_cross_fit(len(logits), apply, logits.astype(float)), truth)


def cross_fitted_f1(logits: np.ndarray, truth: np.ndarray) -> float:
    """Macro-F1 over labels, each threshold tuned on the other half of dev."""
    positive = truth > 0.5

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        thresholds = [_best_threshold(logits[fitted, i], positive[fitted, i]) for i in range(logits.shape[1])]
        above: np.ndarray = logits[judged] > np.array(thresholds)
        return above

    guess = _cross_fit(len(logits), apply, positive)
    return float(np.mean([f1(guess[:, i], positive[:, i]) for i in range(logits.shape[1])]))


def _best_threshold(logits: np.ndarray, positive: np.ndarray) -> float:
    candidates = np.quantile(logits, np.linspace(0.02, 0.995, 60))
    return float(max(candidates, key=lambda threshold: f1(logits > threshold, positive)))
