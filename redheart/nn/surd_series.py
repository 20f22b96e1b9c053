"""The emotion trajectory of a long text -> what drives it from one sentence to the next, against a null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from redheart.calculus.surd import SurdResult, surd_series
from redheart.types.readings import TrajectoryPoint
from redheart.types.surd import SurdSeries, SurdSeriesTarget

#: Sentences from which on a series is decomposed; below, the null is as large as what it is compared with.
LEAST: Final = 60
LAG: Final = 1
BINS: Final = 2
DRAWS: Final = 199
SEED: Final = 0
VARIABLES: Final = ("valence", "arousal", "utility")


def series_of(trajectory: Sequence[TrajectoryPoint]) -> tuple[SurdSeries | None, str | None]:
    """The series, or None with the reason."""
    if len(trajectory) < LEAST:
        return None, f"the text has {len(trajectory)} sentence(s); a series needs {LEAST} or more"
    points = np.array([[getattr(point, name) for point in trajectory] for name in VARIABLES])
    targets = zip(VARIABLES, points[:, LAG:], strict=True)
    if still := [name for name, row in targets if row.min() == row.max()]:
        return None, f"{still[0]} is the same in every sentence, so two bins do not part it"
    results = [
        surd_series(points, number, LAG, bins=BINS, binning="quantile", null_draws=DRAWS, seed=SEED)
        for number in range(1, len(VARIABLES) + 1)
    ]
    assert results[0].null is not None
    return SurdSeries(
        variables=VARIABLES,
        samples=len(trajectory),
        lag=LAG,
        bins=BINS,
        null=f"circular shifts of the target, seed {SEED}",
        draws=results[0].null.draws,
        targets=tuple(_target(name, result) for name, result in zip(VARIABLES, results, strict=True)),
    ), None


def _target(name: str, result: SurdResult) -> SurdSeriesTarget:
    assert result.null is not None
    return SurdSeriesTarget(
        variable=name,
        entropy=result.entropy,
        shares=result.shares(),
        corrected=result.null.corrected,
        p_values=result.null.p_values,
    )
