"""Dev figures of a trained model, with the calibration that its readings will carry."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from redheart.calculus.calibration import platt, sigmoid, slope
from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.model import CompactModel
from redheart.training.batches import Dataset
from redheart.training.calibrate import (
    cross_fitted_coverage,
    cross_fitted_ece,
    cross_fitted_f1,
    cross_fitted_slope_ece,
    equal_mass_ece,
    f1,
    half_width,
)
from redheart.training.targets import TEACHES


@dataclass(slots=True)
class Figures:
    """Everything measured on dev, and what calibration it gave."""

    metrics: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    platt: dict[str, tuple[float, float]] = field(default_factory=dict)  # head -> (a, b): P = sigmoid(a logit + b)
    base_rates: dict[str, list[float]] = field(default_factory=dict)
    conformal: dict[str, float] = field(default_factory=dict)  # dimension -> half width
    coverage: dict[str, float] = field(default_factory=dict)  # dimension -> share of dev rows inside, cross-fitted
    appraisal_errors: dict[str, float] = field(default_factory=dict)  # appraisal -> RMSE in [0, 1]

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
        _record(figures, f"{name} ece before", equal_mass_ece(sigmoid(logits), truth), len(truth))
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
    figures.platt["polarity"] = (slope(z, y), 0.0)
    _record(figures, "polarity ece before", equal_mass_ece(sigmoid(z), y), len(z))
    _record(figures, "polarity ece after", cross_fitted_slope_ece(z, y), len(z))


def _dimensions(figures: Figures, predicted: np.ndarray, truth: np.ndarray) -> None:
    for i, name in enumerate(("valence", "arousal", "dominance")):
        _record(figures, f"emobank r_{name}", float(np.corrcoef(predicted[:, i], truth[:, i])[0, 1]), len(truth))
        residuals = predicted[:, i] - truth[:, i]
        figures.conformal[name], figures.coverage[name] = half_width(residuals), cross_fitted_coverage(residuals)
        _record(figures, f"emobank coverage_{name}", figures.coverage[name], len(truth))


def _utility(figures: Figures, utilities: np.ndarray) -> None:
    gap = utilities[0::2] - utilities[1::2]
    _record(figures, "ethics_utilitarianism pair accuracy", (gap > 0).mean(), len(gap))
    # Every second pair turned round, so that both answers occur.
    turn = np.where(np.arange(len(gap)) // 2 % 2, 1.0, -1.0)
    figures.platt["utility"] = (slope(gap * turn, (turn > 0).astype(float)), 0.0)
    _record(
        figures,
        "ethics_utilitarianism ece after",
        cross_fitted_slope_ece(gap * turn, (turn > 0).astype(float)),
        len(gap),
    )


def _appraisal(figures: Figures, raw: np.ndarray, truth: np.ndarray) -> None:
    ratings, durations = len(SCORES), len(DURATIONS)
    correlations = [np.corrcoef(sigmoid(raw[:, i]), truth[:, i])[0, 1] for i in range(ratings)]
    figures.appraisal_errors = appraisal_errors(raw, truth)
    _record(figures, "crowd_envent mean_r_22", float(np.mean(correlations)), len(raw))
    _record(figures, "crowd_envent r_intensity", float(correlations[0]), len(raw))
    span = slice(ratings, ratings + durations)
    _record(
        figures, "crowd_envent duration accuracy", (raw[:, span].argmax(1) == truth[:, span].argmax(1)).mean(), len(raw)
    )
    guess, real = raw[:, -len(EVENT_EMOTIONS) :].argmax(1), truth[:, -len(EVENT_EMOTIONS) :].argmax(1)
    scores = [f1(guess == i, real == i) for i in range(len(EVENT_EMOTIONS))]
    _record(figures, "crowd_envent emotion macro_f1", float(np.mean(scores)), len(raw))
    majority = truth[:, span].mean(0).max()
    _record(figures, "crowd_envent duration majority", majority, len(raw))
    figures.platt["appraisal"] = platt(raw[:, ratings:].ravel(), truth[:, ratings:].ravel())
    _record(figures, "crowd_envent ece after", cross_fitted_ece(raw[:, ratings:], truth[:, ratings:]), len(raw))


def appraisal_errors(raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Root mean squared error of each appraisal in [0, 1], over the dev rows that rate it; raw and truth (N, 40)."""
    ratings = len(SCORES)
    errors = np.sqrt(np.nanmean((sigmoid(raw[:, :ratings]) - truth[:, :ratings]) ** 2, axis=0))
    return dict(zip(SCORES, errors.tolist(), strict=True))
