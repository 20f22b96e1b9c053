"""Task metric: the epoch at which a part does its task best on the validation split."""

from __future__ import annotations

from typing import Final

import numpy as np

from redheart.training.selection.curve import Curve
from redheart.training.selection.technique import Choice, abstention, highest

NAME: Final = "task"


def choose(curve: Curve) -> Choice:
    """The highest score. Abstains where there is no metric: the backbone, or a part whose metrics are undefined."""
    if not np.isfinite(curve.scores).any():
        return abstention(NAME, "no task metric")
    said = curve.metrics[0] if len(curve.metrics) == 1 else f"mean of {', '.join(curve.metrics)}"
    return highest(NAME, curve, curve.scores, f"{said}: {{value}}")
