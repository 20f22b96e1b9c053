"""How often a text whose mood does not shift seems to turn, and the factor of the penalty that holds this at 5 %.

    python -m redheart.benchmarks.turn_alarms [--model FOLDER] [--texts 4000] [--seed 0]

Readings are drawn from the checkpoint's own calibration: a stationary process of its transition, read with its noise.
The last column stands in redheart/calculus/course/turn_factors.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from redheart.calculus.course.change_points import change_points
from redheart.calculus.course.emotion_track import TrackModel
from redheart.calculus.course.turn_factors import FACTORS, FALSE_ALARMS, turn_factor
from redheart.nn.checkpoint import read_config

Array = np.ndarray

_HALVINGS = 9
_HIGHEST = 8.0  # a factor at which nothing turns


def main() -> None:
    """Print a line a length."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    calibration = read_config(given.model).trajectory
    if calibration is None:
        parser.error(f"'{given.model}' has no calibration of the trajectory")
    model, rng = calibration.model(), np.random.default_rng(given.seed)
    print("sentences  rate at factor 1  rate with the table  factor for 5 %")
    for sentences in FACTORS:
        texts = [stationary_readings(model, sentences, rng) for _ in range(given.texts)]
        plain, tabled = alarms(model, texts, 1.0), alarms(model, texts, turn_factor(sentences))
        print(f"{sentences:9d}  {plain:16.3f}  {tabled:19.3f}  {needed(model, texts):14.3f}", flush=True)


def stationary_readings(model: TrackModel, sentences: int, rng: np.random.Generator) -> Array:
    """What the head would read (sentences, 3) of a state that only wanders about its mean."""
    at_rest, added = np.linalg.cholesky(model.covariance), np.linalg.cholesky(model.process())
    states = np.empty((sentences, len(model.mean)))
    states[0] = at_rest @ rng.normal(size=len(model.mean))
    for i in range(1, sentences):
        states[i] = model.transition @ states[i - 1] + added @ rng.normal(size=len(model.mean))
    errors = rng.normal(size=states.shape) @ np.linalg.cholesky(model.noise).T
    readings: Array = model.offset + states @ model.matrix.T + errors
    return readings


def alarms(model: TrackModel, texts: list[Array], factor: float) -> float:
    """Share of the texts that turn somewhere."""
    spread = model.reading_spread()
    return float(np.mean([bool(change_points(text, spread, factor)) for text in texts]))


def needed(model: TrackModel, texts: list[Array]) -> float:
    """The factor at which 5 % of the texts turn: the more a turn costs, the fewer do."""
    low, high = 0.0, _HIGHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if alarms(model, texts, middle) > FALSE_ALARMS else (low, middle)
    return high


if __name__ == "__main__":
    main()
