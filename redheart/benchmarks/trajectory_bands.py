"""Do the 95 % bands of the emotion trajectory hold 95 % of the gold labels, and does smoothing help? EmoBank dev.

    REDHEART_DATA=<folders> python -m redheart.benchmarks.trajectory_bands [--model FOLDER]

Cross-fitted by document. Only dev rows are read and judged: the model learned from all others.
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
    """Print one table with the signal path, one without."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    given = parser.parse_args()
    texts = emobank_texts(given.model)
    for use_signal in (False, True):
        print(f"{'with' if use_signal else 'without'} the signal path")
        _report(judge(texts, use_signal))


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
