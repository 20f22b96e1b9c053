"""What the validation split says of one module over the epochs: loss, task score, gradients, which files exist."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from redheart.training.run.figures import EpochFigures
from redheart.training.run.metrics import main_metric

BACKBONE: Final = "backbone"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One module over n epochs, ascending; arrays are (n,), NaN where a figure does not exist.

    `scores` is the mean over the module's targets of each one's main metric, which rises with quality; `metrics` are
    the names behind it. `held` says whose checkpoint is on disk.
    """

    name: str
    epochs: np.ndarray  # int64
    losses: np.ndarray  # float64
    scores: np.ndarray
    norms: np.ndarray  # mean gradient norm of the epoch
    ratios: np.ndarray  # |change| / |weights| at the epoch's last step
    held: np.ndarray  # bool
    metrics: tuple[str, ...] = ()


def curves_of(figures: Sequence[EpochFigures], on_disk: Collection[int]) -> dict[str, Curve]:
    """One curve a module: the backbone by the total validation loss, then every part by its own, by name."""
    ordered = sorted(figures, key=lambda one: one.epoch)
    parts = sorted({part for one in ordered for part in one.parts})
    return {name: _curve(name, ordered, on_disk) for name in (BACKBONE, *parts)}


def main_metrics(figures: Sequence[EpochFigures], part: str) -> tuple[str, ...]:
    """'<target> <metric>' of every target of `part` whose main metric could be formed at some epoch, by name."""
    names = {name for one in figures if part in one.parts for name in one.parts[part].metrics}
    return tuple(sorted(name for name in names if name == main_metric(name.partition(" ")[0])))


def _curve(name: str, figures: Sequence[EpochFigures], on_disk: Collection[int]) -> Curve:
    seen = [one for one in figures if name == BACKBONE or name in one.parts]
    metrics = () if name == BACKBONE else main_metrics(seen, name)
    losses = [one.validation_loss if name == BACKBONE else one.parts[name].loss for one in seen]
    return Curve(
        name,
        np.array([one.epoch for one in seen], dtype=np.int64),
        np.array(losses, dtype=np.float64),
        np.array([_score(one, name, metrics) for one in seen], dtype=np.float64),
        np.array([one.gradient_norms.get(name, np.nan) for one in seen], dtype=np.float64),
        np.array([one.update_ratios.get(name, np.nan) for one in seen], dtype=np.float64),
        np.array([one.epoch in on_disk for one in seen], dtype=np.bool_),
        metrics,
    )


def _score(one: EpochFigures, part: str, metrics: tuple[str, ...]) -> float:
    """NaN where one of them is missing: a mean over fewer targets is no comparison."""
    if not metrics or any(name not in one.parts[part].metrics for name in metrics):
        return float("nan")
    return float(np.mean([one.parts[part].metrics[name] for name in metrics]))
