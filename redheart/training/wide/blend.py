"""What a wide part adds to deep logits on dev, each half judged by what the other half fitted.

python -m redheart.training.wide.blend --logits deep.npz --head emotion --set goemotions_en --tables runs/wide
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from redheart.calculus.calibration import cross_fit, sigmoid
from redheart.errors import InputError, RedHeartError
from redheart.training.wide.heads import WidePart, part_of
from redheart.training.wide.stored import file_of, load_table
from redheart.training.wide.texts import logits_of

RESAMPLES = 1_000
SEED = 7


@dataclass(frozen=True, slots=True)
class Blend:
    """Dev figures in [0, 1]; `gain` is that of the blend over the deep logits, with its 95 % interval by bootstrap."""

    metric: str
    rows: int
    wide: float
    deep: float
    blended: float
    gain: float
    gain_low: float
    gain_high: float
    weight: float  # of a wide logit beside a deep one, by all rows


def blend(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray, part: WidePart) -> Blend:
    """Logits and truths (N, outputs); NaN in the truth is unknown."""
    both = cross_fitted(deep, wide, truth)
    of_wide, of_deep, of_both = (part.decide(logits, truth) for logits in (wide, deep, both))
    low, high = np.quantile(_bootstrapped(of_deep, of_both, truth, part), (0.025, 0.975))
    alone, blended = part.score(of_deep, truth), part.score(of_both, truth)
    return Blend(
        metric=part.metric,
        rows=len(truth),
        wide=part.score(of_wide, truth),
        deep=alone,
        blended=blended,
        gain=blended - alone,
        gain_low=float(low),
        gain_high=float(high),
        weight=blend_weight(deep, wide, truth),
    )


def cross_fitted(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """deep + weight * wide, the weight by the other half."""

    def apply(fitted: np.ndarray, judged: np.ndarray) -> np.ndarray:
        weight = blend_weight(deep[fitted], wide[fitted], truth[fitted])
        mixed: np.ndarray = deep[judged] + weight * wide[judged]
        return mixed

    return cross_fit(len(deep), apply, deep.astype(float))


def blend_weight(deep: np.ndarray, wide: np.ndarray, truth: np.ndarray) -> float:
    """How much a wide logit weighs beside a deep one where sigmoid(a deep + b wide + c) is likeliest: b / a, or 0."""
    known = ~np.isnan(truth)
    z, w, y = deep[known].astype(float), wide[known].astype(float), truth[known]

    def loss(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        a, b, c = numbers
        logits = a * z + b * w + c
        off = (sigmoid(logits) - y) / len(y)
        return float(np.mean(np.logaddexp(0, logits) - y * logits)), np.array([off @ z, off @ w, off.sum()])

    a, b, _ = minimize(loss, np.array([1.0, 0.0, 0.0]), jac=True, method="L-BFGS-B").x
    if a <= 0:
        raise InputError("the deep logits say the opposite of the truth: there is nothing to add to. Check the file.")
    return max(0.0, float(b / a))


def _bootstrapped(one: np.ndarray, other: np.ndarray, truth: np.ndarray, part: WidePart) -> np.ndarray:
    """Gains of resampled rows, decisions as they are."""
    rng = np.random.default_rng(SEED)
    draws = (rng.integers(len(truth), size=len(truth)) for _ in range(RESAMPLES))
    return np.array([part.score(other[rows], truth[rows]) - part.score(one[rows], truth[rows]) for rows in draws])


def read_logits(path: Path, part: WidePart, data: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Deep logits, truths (N, outputs), and texts, of the dev rows whose `ids` a file names. Raises InputError."""
    try:
        with np.load(path) as stored:
            deep, truth, ids = stored["logits"], stored["truth"], [str(each) for each in stored["ids"]]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"'{path}' is no file of logits ({error}). Give an npz with logits, truth, ids.") from error
    texts = {row.id: row.text for row in part.rows(data, "dev")}
    if missing := [each for each in ids if each not in texts]:
        raise InputError(f"'{path}': '{missing[0]}' is no dev row of '{data}' with this head's labels. Give its own.")
    if deep.shape != truth.shape or len(deep) != len(ids) or not np.isfinite(deep).all():
        raise InputError(
            f"'{path}': logits '{deep.shape}', truth '{truth.shape}', '{len(ids)}' ids. Give a finite logit a label."
        )
    return deep, truth, [texts[each] for each in ids]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object; the exit code."""
    parser = argparse.ArgumentParser(prog="redheart.training.wide.blend", description=__doc__)
    parser.add_argument("--logits", type=Path, required=True, help="npz with logits, truth (N, outputs), ids (N,)")
    parser.add_argument("--head", required=True)
    parser.add_argument("--set", required=True, dest="data", help="the set whose dev rows the ids name")
    parser.add_argument("--tables", type=Path, required=True, help="folder of wide.<head>.safetensors")
    given = parser.parse_args(arguments)
    try:
        part = part_of(given.head)
        deep, truth, texts = read_logits(given.logits, part, given.data)
        wide = logits_of(load_table(given.tables / file_of(part.head)), texts)
        print(json.dumps(asdict(blend(deep, wide, truth, part)), indent=1))
    except RedHeartError as error:
        print(f"blend: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
