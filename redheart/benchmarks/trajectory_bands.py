"""Do the 95 % bands of the emotion trajectory hold 95 % of the gold labels, and does smoothing help? EmoBank dev.

    REDHEART_DATA=<folders> python -m redheart.benchmarks.trajectory_bands [--features runs/features] [--model FOLDER]

Cross-fitted by document. Only dev rows are judged; only they are measured, or beside them the training rows that the
model never saw. All other sentences are missing to the smoother.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from redheart.calculus.course.emotion_track import BAND, DIMENSIONS, LEVEL
from redheart.training.emobank import emobank_texts
from redheart.training.trajectory import Judged, judge

ALLOWED = 0.03


def main() -> None:
    """Print one table a way of measuring."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--features", type=Path, default=Path("runs/features"))
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    given = parser.parse_args()
    texts = emobank_texts(given.model, given.features)
    for use_signal in (False, True):
        for densely in (False, True):
            path = "with" if use_signal else "without"
            rows = "dev and unseen training rows" if densely else "dev rows"
            print(f"{rows} measured, {path} the signal path")
            _report(judge(texts, use_signal, densely))


def _report(judged: Judged) -> None:
    coverage, widths = judged.coverage(), 2 * BAND * judged.deviations.mean(0)
    for i, name in enumerate(DIMENSIONS):
        verdict = "within" if abs(coverage[i] - LEVEL) <= ALLOWED else "OUTSIDE"
        print(
            f"  {name:9s} coverage {coverage[i]:.4f} ({verdict} {ALLOWED:g} of {LEVEL:g}), mean width {widths[i]:.3f}, "
            f"rmse {_rmse(judged.errors[:, i]):.4f}, raw head {_rmse(judged.raw_errors[:, i]):.4f}  "
            f"(n {len(judged.errors)})"
        )
    fused = float((judged.omegas < 1).mean())
    print(
        f"  the signal path moved {fused:.1%} of the sentences; mean weight of the smoother {judged.omegas.mean():.3f}"
    )


def _rmse(errors: np.ndarray) -> float:
    return float(np.sqrt((errors**2).mean()))


if __name__ == "__main__":
    main()
