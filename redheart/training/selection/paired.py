"""Whether one set of weights beats another on the same samples: a paired bootstrap of the mean difference."""

from __future__ import annotations

from typing import Final

import numpy as np

from redheart.types.base import Frozen

DRAWS: Final = 10_000
LEVEL: Final = 0.95
FEWEST: Final = 20  # samples below which resampling them says too little
_AT_ONCE: Final = 1 << 22  # indices drawn at once: 32 MiB


class Comparison(Frozen):
    """Mean of (ours - theirs) over samples; negative is better. `upper` is the end of its one-sided 95 % interval."""

    samples: int
    ours: float
    theirs: float
    difference: float
    upper: float
    draws: int

    @property
    def better(self) -> bool:
        """True if a gain is there and is larger than what the choice of samples explains."""
        return self.difference < 0 and self.upper < 0 and self.samples >= FEWEST


def compare(ours: np.ndarray, theirs: np.ndarray, seed: int) -> Comparison | None:
    """ours, theirs (samples,), of the same samples in the same order. None where a loss is no finite number, or where
    there are no samples. Raises ValueError if they are not equally many.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"{ours.shape} losses against {theirs.shape}: not the same samples")
    if not ours.size or not np.isfinite(ours).all() or not np.isfinite(theirs).all():
        return None
    differences = ours - theirs
    return Comparison(
        samples=len(ours),
        ours=float(ours.mean()),
        theirs=float(theirs.mean()),
        difference=float(differences.mean()),
        upper=float(np.quantile(_means(differences, seed), LEVEL)),
        draws=DRAWS,
    )


def _means(values: np.ndarray, seed: int) -> np.ndarray:
    """(DRAWS,) means of samples drawn with replacement."""
    random, rows = np.random.default_rng(seed), max(1, _AT_ONCE // len(values))
    sizes = [min(rows, DRAWS - at) for at in range(0, DRAWS, rows)]
    return np.concatenate([values[random.integers(len(values), size=(n, len(values)))].mean(1) for n in sizes])
