"""MCDA: loss, task score, stability, gradient health weighed against one another."""

from __future__ import annotations

from typing import Final

import numpy as np

from redheart.training.selection.curve import Curve
from redheart.training.selection.gradient_health import healths
from redheart.training.selection.technique import Choice, abstention, highest

NAME: Final = "mcda"
WEIGHTS: Final = {"loss": 0.30, "task": 0.40, "stability": 0.15, "gradient": 0.15}
REACH: Final = 2  # epochs to either side that stability looks at
FEWEST: Final = 3


def choose(curve: Curve) -> Choice:
    """The highest weighted sum of criteria, each scaled to [0, 1] over the epochs; weights of absent ones fall away."""
    if len(curve.epochs) < FEWEST:
        return abstention(NAME, f"needs {FEWEST} epochs, has {len(curve.epochs)}")
    scaled = {name: _scaled(values) for name, values in criteria(curve).items() if _varies(values)}
    if not scaled:
        return abstention(NAME, "no criterion tells the epochs apart")
    total = sum(WEIGHTS[name] for name in scaled)
    values = np.sum([WEIGHTS[name] / total * column for name, column in scaled.items()], axis=0)
    said = ", ".join(f"{name} {WEIGHTS[name] / total:.2f}" for name in scaled)
    return highest(NAME, curve, values, f"{{value}} of 1 ({said})")


def criteria(curve: Curve) -> dict[str, np.ndarray]:
    """Criterion -> (n,), more is better, NaN where unknown."""
    return {
        "loss": -curve.losses,
        "task": curve.scores,
        "stability": stability(curve.losses),
        "gradient": healths(curve),
    }


def stability(losses: np.ndarray) -> np.ndarray:
    """(n,) -> 1 / (1 + standard deviation) of the losses within `REACH` epochs, fewer at the ends."""
    spreads = [losses[max(0, at - REACH) : at + REACH + 1].std() for at in range(len(losses))]
    return 1 / (1 + np.array(spreads))


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size) and bool(known.max() > known.min())


def _scaled(values: np.ndarray) -> np.ndarray:
    low, high = np.nanmin(values), np.nanmax(values)
    scaled: np.ndarray = (values - low) / (high - low)
    return scaled
